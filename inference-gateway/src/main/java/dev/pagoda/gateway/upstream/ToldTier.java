package dev.pagoda.gateway.upstream;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.pagoda.governance.api.ServiceTier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// The tier that an answer says it was worked on at: `service_tier` of the answer itself, or of the `response`
/// that an event tells. The same name anywhere else, such as in metadata that a client sent, is not it.
final class ToldTier {
    private static final JsonFactory JSON = new JsonFactory();
    private static final byte[] KEY = "\"service_tier\"".getBytes(StandardCharsets.US_ASCII);

    /// How far the key may be shifted by the byte below its end (Horspool 1980).
    private static final int[] SHIFTS = shifts();

    private ToldTier() {}

    /// Empty when it names none.
    ///
    /// @param json an answer, or one event of a stream
    static Optional<ServiceTier> in(byte[] json, int from, int to) {
        if (!hasKey(json, from, to)) {
            return Optional.empty();
        }
        int begin = from;
        while (begin < to && json[begin] != '{') {
            begin++;
        }
        try (JsonParser parser = JSON.createParser(json, begin, to - begin)) {
            parser.nextToken();
            return read(parser, true);
        } catch (IOException notJson) {
            return Optional.empty();
        }
    }

    /// @param isWhole whether a `response` may stand in the object
    private static Optional<ServiceTier> read(JsonParser parser, boolean isWhole) throws IOException {
        Optional<ServiceTier> told = Optional.empty();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            if (field.equals("service_tier") && value == JsonToken.VALUE_STRING) {
                told = Optional.of(ServiceTier.of(parser.getText()));
            } else if (isWhole && field.equals("response") && value == JsonToken.START_OBJECT) {
                told = read(parser, false);
            } else {
                parser.skipChildren();
            }
        }
        return told;
    }

    private static boolean hasKey(byte[] json, int from, int to) {
        int last = KEY.length - 1;
        for (int at = from; at + last < to; at += SHIFTS[Byte.toUnsignedInt(json[at + last])]) {
            if (Arrays.equals(json, at, at + KEY.length, KEY, 0, KEY.length)) {
                return true;
            }
        }
        return false;
    }

    private static int[] shifts() {
        int[] shifts = new int[256];
        Arrays.fill(shifts, KEY.length);
        for (int i = 0; i < KEY.length - 1; i++) {
            shifts[KEY[i]] = KEY.length - 1 - i;
        }
        return shifts;
    }
}
