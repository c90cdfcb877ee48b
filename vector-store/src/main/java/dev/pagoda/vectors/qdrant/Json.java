package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.api.Payloads;
import dev.pagoda.vectors.api.PointId;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads request bodies token by token, so that vectors never become objects. Every method starts at the first
/// token of its value and ends at the last one.
final class Json {
    /// A body of the largest size has about half as many when it holds vectors; of small values in payloads,
    /// which swell to many times their text, it must not have more.
    private static final long MAX_TOKENS = 6_000_000;

    private static final StreamReadConstraints BOUNDS = StreamReadConstraints.builder()
            .maxNestingDepth(Payloads.MAX_DEPTH)
            .maxStringLength(1 << 25)
            .maxNumberLength(400)
            .maxTokenCount(MAX_TOKENS)
            .build();

    static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(BOUNDS)
            .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
            // the JDK's parser takes four times as long for the many digits of a vector's values
            .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
            // of two values for a key one would be lost in silence
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /// The same objects in CBOR, whose numbers are neither printed nor parsed.
    static final JsonFactory BINARY =
            CBORFactory.builder().streamReadConstraints(BOUNDS).build();

    private static final BigInteger MAX_ID = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

    private Json() {}

    /// Reads a whole body.
    interface Reader<T> {
        T read(JsonParser in) throws IOException;
    }

    /// Reads the value of one field.
    interface FieldReader {
        void read(String field, JsonParser in) throws IOException;
    }

    /// Reads one element.
    interface ElementReader {
        void read(JsonParser in) throws IOException;
    }

    static <T> T body(JsonFactory encoding, Buffer body, Reader<T> reader) {
        try (JsonParser in = encoding.createParser(body.getBytes())) {
            if (in.nextToken() == null) {
                throw Faults.format("EOF while parsing a value at line 1 column 0");
            }
            T value = reader.read(in);
            if (in.nextToken() != null) {
                throw Faults.format("trailing characters" + at(in));
            }
            return value;
        } catch (JsonProcessingException malformed) {
            throw Faults.format(malformed.getOriginalMessage() + at(malformed.getLocation()));
        } catch (IOException unreachable) {
            throw new UncheckedIOException("reading from memory", unreachable);
        }
    }

    static void object(JsonParser in, FieldReader reader) throws IOException {
        if (in.currentToken() != JsonToken.START_OBJECT) {
            throw expected("an object", in);
        }
        while (in.nextToken() != JsonToken.END_OBJECT) {
            String field = whole(in.currentName(), in);
            in.nextToken();
            reader.read(field, in);
        }
    }

    static void array(JsonParser in, ElementReader reader) throws IOException {
        if (in.currentToken() != JsonToken.START_ARRAY) {
            throw expected("an array", in);
        }
        while (in.nextToken() != JsonToken.END_ARRAY) {
            reader.read(in);
        }
    }

    static boolean isNull(JsonParser in) {
        return in.currentToken() == JsonToken.VALUE_NULL;
    }

    static String text(JsonParser in) throws IOException {
        if (in.currentToken() != JsonToken.VALUE_STRING) {
            throw expected("a string", in);
        }
        return whole(in.getText(), in);
    }

    private static String whole(String text, JsonParser in) {
        if (!Payloads.isWhole(text)) {
            throw Faults.format("half of a surrogate pair in a string" + at(in));
        }
        return text;
    }

    static boolean flag(JsonParser in) throws IOException {
        return switch (in.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> throw expected("a boolean", in);
        };
    }

    /// A whole number that is not negative; below `least` it is out of range.
    static int count(JsonParser in, String field, int least) throws IOException {
        if (in.currentToken() != JsonToken.VALUE_NUMBER_INT || in.getNumberType() == NumberType.BIG_INTEGER) {
            throw expected("a whole number", in);
        }
        long value = in.getLongValue();
        if (value < 0) {
            throw Faults.format("invalid value: integer `" + value + "`, expected usize for " + field + at(in));
        }
        if (value < least) {
            throw Faults.validation(field, value, "must be " + least + " or larger");
        }
        if (value > Integer.MAX_VALUE) {
            throw Faults.validation(field, value, "must be from " + least + " to " + Integer.MAX_VALUE);
        }
        return (int) value;
    }

    /// A whole number up to 2^64 - 1, taken for `most` if it is greater; below `least` it is out of range.
    static int size(JsonParser in, String field, int least, int most) throws IOException {
        if (in.currentToken() == JsonToken.VALUE_NUMBER_INT && in.getNumberType() == NumberType.BIG_INTEGER) {
            BigInteger value = in.getBigIntegerValue();
            if (value.signum() < 0 || value.bitLength() > Long.SIZE) {
                throw expected("a whole number from 0 to 2^64 - 1", in);
            }
            return most;
        }
        if (in.currentToken() == JsonToken.VALUE_NUMBER_INT && in.getLongValue() > most) {
            return most;
        }
        return count(in, field, least);
    }

    static float number(JsonParser in) throws IOException {
        if (!in.currentToken().isNumeric()) {
            throw expected("a number", in);
        }
        float value = in.getFloatValue();
        if (Float.isInfinite(value)) {
            throw Faults.format("number " + in.getText() + " is out of range of a 32-bit float" + at(in));
        }
        return value;
    }

    /// A number from 0 to 2^64 - 1, or a text with a UUID.
    static PointId id(JsonParser in) throws IOException {
        switch (in.currentToken()) {
            case VALUE_NUMBER_INT -> {
                BigInteger value = in.getBigIntegerValue();
                if (value.signum() >= 0 && value.compareTo(MAX_ID) <= 0) {
                    return PointId.of(value.longValue());
                }
            }
            case VALUE_STRING -> {
                try {
                    return PointId.ofUuid(in.getText());
                } catch (IllegalArgumentException noUuid) {
                    throw Faults.format(
                            "value " + in.getText() + " is not a valid point ID, valid values are either an unsigned"
                                    + " integer or a UUID" + at(in));
                }
            }
            default -> {}
        }
        throw Faults.format("value " + in.getText()
                + " is not a valid point ID, valid values are either an unsigned integer or a UUID" + at(in));
    }

    static List<PointId> ids(JsonParser in) throws IOException {
        List<PointId> ids = new ArrayList<>();
        array(in, each -> ids.add(id(each)));
        return ids;
    }

    static float[] floats(JsonParser in) throws IOException {
        if (in.currentToken() != JsonToken.START_ARRAY) {
            throw expected("an array of numbers", in);
        }
        float[] values = new float[64];
        int size = 0;
        while (in.nextToken() != JsonToken.END_ARRAY) {
            if (size == values.length) {
                values = Arrays.copyOf(values, size * 2);
            }
            values[size++] = number(in);
        }
        return Arrays.copyOf(values, size);
    }

    /// Unsigned 32-bit numbers.
    static int[] indices(JsonParser in) throws IOException {
        if (in.currentToken() != JsonToken.START_ARRAY) {
            throw expected("an array of indices", in);
        }
        int[] values = new int[16];
        int size = 0;
        while (in.nextToken() != JsonToken.END_ARRAY) {
            if (in.currentToken() != JsonToken.VALUE_NUMBER_INT || in.getNumberType() == NumberType.BIG_INTEGER) {
                throw expected("an index from 0 to 4294967295", in);
            }
            long value = in.getLongValue();
            if (value < 0 || value > 0xffffffffL) {
                throw expected("an index from 0 to 4294967295", in);
            }
            if (size == values.length) {
                values = Arrays.copyOf(values, size * 2);
            }
            values[size++] = (int) value;
        }
        return Arrays.copyOf(values, size);
    }

    /// Any value as a payload holds it; whole numbers beyond 64 bits become fractions.
    static @Nullable Object value(JsonParser in) throws IOException {
        return value(in, false);
    }

    /// Any value, whole numbers beyond 64 bits as `BigInteger`.
    static @Nullable Object exactValue(JsonParser in) throws IOException {
        return value(in, true);
    }

    static Map<String, @Nullable Object> map(JsonParser in) throws IOException {
        return map(in, false);
    }

    private static @Nullable Object value(JsonParser in, boolean exact) throws IOException {
        return switch (in.currentToken()) {
            case VALUE_NULL -> null;
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_STRING -> text(in);
            case VALUE_NUMBER_INT -> wholeNumber(in, exact);
            case VALUE_NUMBER_FLOAT -> finite(in);
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                array(in, each -> list.add(value(each, exact)));
                yield list;
            }
            case START_OBJECT -> map(in, exact);
            default -> throw expected("a value", in);
        };
    }

    private static Map<String, @Nullable Object> map(JsonParser in, boolean exact) throws IOException {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        object(in, (field, each) -> map.put(field, value(each, exact)));
        return map;
    }

    private static Object wholeNumber(JsonParser in, boolean exact) throws IOException {
        if (in.getNumberType() != NumberType.BIG_INTEGER) {
            return in.getLongValue();
        }
        return exact ? in.getBigIntegerValue() : finite(in);
    }

    static Refused expected(String what, JsonParser in) throws IOException {
        return Faults.format("expected " + what + ", got " + shown(in) + at(in));
    }

    private static Double finite(JsonParser in) throws IOException {
        double value = in.getDoubleValue();
        if (!Double.isFinite(value)) {
            throw Faults.format("number out of range" + at(in));
        }
        return value;
    }

    private static String shown(JsonParser in) throws IOException {
        return switch (in.currentToken()) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case null -> "the end";
            default -> in.getText();
        };
    }

    private static String at(JsonParser in) {
        return at(in.currentTokenLocation());
    }

    /// Empty where there are no lines.
    private static String at(@Nullable JsonLocation where) {
        return where == null || where.getLineNr() < 0
                ? ""
                : " at line " + where.getLineNr() + " column " + where.getColumnNr();
    }
}
