package dev.pagoda.gateway.upstream;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// What a server says that an answer used: its object `usage`.
///
/// @param promptTokens     also `input_tokens`
/// @param completionTokens also `output_tokens`; 0 for embeddings
public record ReportedUsage(long promptTokens, long completionTokens) {
    private static final JsonFactory JSON = new JsonFactory();
    private static final byte[] KEY = "\"usage\"".getBytes(StandardCharsets.US_ASCII);
    private static final long MAX_TOKENS = 1_000_000_000;

    /// The usage of an answer in JSON, or of one event of a stream; empty without one, or with one that is no
    /// such thing.
    ///
    /// Inside a JSON string a quote is escaped, so the key cannot be found in a text.
    static Optional<ReportedUsage> in(byte[] json, int from, int to) {
        for (int at = lastKey(json, from, to); at >= 0; at = lastKey(json, from, at)) {
            int value = skipBlanks(json, at + KEY.length, to);
            if (value < to && json[value] == ':') {
                value = skipBlanks(json, value + 1, to);
                if (value < to && json[value] == '{') {
                    return read(json, value, to);
                }
            }
        }
        return Optional.empty();
    }

    static int lastKey(byte[] json, int from, int to) {
        for (int at = to - KEY.length; at >= from; at--) {
            if (json[at + 1] == 'u' && isKey(json, at)) {
                return at;
            }
        }
        return -1;
    }

    private static boolean isKey(byte[] json, int at) {
        for (int i = 0; i < KEY.length; i++) {
            if (json[at + i] != KEY[i]) {
                return false;
            }
        }
        return true;
    }

    static int skipBlanks(byte[] json, int from, int to) {
        int at = from;
        while (at < to && (json[at] == ' ' || json[at] == '\t' || json[at] == '\n' || json[at] == '\r')) {
            at++;
        }
        return at;
    }

    private static Optional<ReportedUsage> read(byte[] json, int from, int to) {
        long prompt = 0;
        long completion = 0;
        try (JsonParser parser = JSON.createParser(json, from, to - from)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                if (value == JsonToken.VALUE_NUMBER_INT) {
                    switch (field) {
                        case "prompt_tokens", "input_tokens" -> prompt = tokens(parser);
                        case "completion_tokens", "output_tokens" -> completion = tokens(parser);
                        default -> {}
                    }
                } else {
                    parser.skipChildren();
                }
            }
            return Optional.of(new ReportedUsage(prompt, completion));
        } catch (IOException notJson) {
            return Optional.empty();
        }
    }

    private static long tokens(JsonParser parser) throws IOException {
        return Math.clamp(parser.getLongValue(), 0, MAX_TOKENS);
    }
}
