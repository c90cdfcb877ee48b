package dev.pagoda.vectors.grpc;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.qdrant.LocalCalls;
import io.qdrant.client.grpc.Collections.ShardKey;
import io.qdrant.client.grpc.Common.PointId;
import io.qdrant.client.grpc.JsonWithInt.ListValue;
import io.qdrant.client.grpc.JsonWithInt.NullValue;
import io.qdrant.client.grpc.JsonWithInt.Struct;
import io.qdrant.client.grpc.JsonWithInt.Value;
import io.qdrant.client.grpc.Points.ShardKeySelector;
import java.io.IOException;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/// The smallest parts of messages, told as JSON's tokens and read back from them: numbers, ids, payloads, times.
final class ValueTokens {
    private static final BigInteger BEYOND = BigInteger.ONE.shiftLeft(Long.SIZE);
    private static final int MAX_YEAR = 9_999;

    private ValueTokens() {}

    /// What a message lacks or says wrongly.
    static Refused malformed(String message) {
        return new Refused(Reason.INVALID, "invalid_input", message);
    }

    /// A number of 64 bits without a sign.
    static void unsigned(JsonGenerator out, long number) throws IOException {
        if (number >= 0) {
            out.writeNumber(number);
        } else {
            out.writeNumber(BigInteger.valueOf(number).add(BEYOND));
        }
    }

    static void unsignedField(JsonGenerator out, String name, long number) throws IOException {
        out.writeFieldName(name);
        unsigned(out, number);
    }

    static void numberField(JsonGenerator out, String name, float number) throws IOException {
        out.writeFieldName(name);
        out.writeNumber(number);
    }

    static void numberField(JsonGenerator out, String name, double number) throws IOException {
        out.writeFieldName(name);
        out.writeNumber(number);
    }

    /// The flags and numbers that a message has, whose names are those of a body. Numbers have no sign.
    static void scalars(JsonGenerator out, Message message) throws IOException {
        for (var entry : message.getAllFields().entrySet()) {
            String name = entry.getKey().getName();
            if (entry.getKey().isRepeated()) {
                continue;
            }
            switch (entry.getKey().getJavaType()) {
                case BOOLEAN -> out.writeBooleanField(name, (Boolean) entry.getValue());
                case INT -> out.writeNumberField(name, Integer.toUnsignedLong((Integer) entry.getValue()));
                case LONG -> unsignedField(out, name, (Long) entry.getValue());
                case FLOAT -> numberField(out, name, (Float) entry.getValue());
                case DOUBLE -> numberField(out, name, (Double) entry.getValue());
                case STRING, BYTE_STRING, ENUM, MESSAGE -> {}
            }
        }
    }

    static void scalarsField(JsonGenerator out, String field, Message message) throws IOException {
        out.writeObjectFieldStart(field);
        scalars(out, message);
        out.writeEndObject();
    }

    static void id(JsonGenerator out, PointId id) throws IOException {
        switch (id.getPointIdOptionsCase()) {
            case NUM -> unsigned(out, id.getNum());
            case UUID -> out.writeString(id.getUuid());
            case POINTIDOPTIONS_NOT_SET -> throw malformed("a point id has neither a number nor a UUID");
        }
    }

    static void idsField(JsonGenerator out, String name, List<PointId> ids) throws IOException {
        out.writeArrayFieldStart(name);
        for (PointId id : ids) {
            id(out, id);
        }
        out.writeEndArray();
    }

    static PointId id(JsonParser in) throws IOException {
        return in.currentToken() == JsonToken.VALUE_STRING
                ? PointId.newBuilder().setUuid(in.getText()).build()
                : PointId.newBuilder()
                        .setNum(in.getBigIntegerValue().longValue())
                        .build();
    }

    static void textsField(JsonGenerator out, String name, List<String> texts) throws IOException {
        out.writeArrayFieldStart(name);
        for (String text : texts) {
            out.writeString(text);
        }
        out.writeEndArray();
    }

    /// Reaches the elements of a repeated field without making objects of them.
    interface Floats {
        float at(int index);
    }

    static void floats(JsonGenerator out, int size, Floats values) throws IOException {
        floats(out, 0, size, values);
    }

    static void floats(JsonGenerator out, int from, int to, Floats values) throws IOException {
        out.writeStartArray();
        for (int i = from; i < to; i++) {
            out.writeNumber(values.at(i));
        }
        out.writeEndArray();
    }

    static void map(JsonGenerator out, Map<String, Value> values) throws IOException {
        out.writeStartObject();
        for (Map.Entry<String, Value> entry : values.entrySet()) {
            out.writeFieldName(entry.getKey());
            value(out, entry.getValue());
        }
        out.writeEndObject();
    }

    static void value(JsonGenerator out, Value value) throws IOException {
        switch (value.getKindCase()) {
            case NULL_VALUE, KIND_NOT_SET -> out.writeNull();
            case DOUBLE_VALUE -> {
                double number = value.getDoubleValue();
                if (!Double.isFinite(number)) {
                    throw malformed("the number " + number + " is not finite");
                }
                out.writeNumber(number);
            }
            case INTEGER_VALUE -> out.writeNumber(value.getIntegerValue());
            case STRING_VALUE -> out.writeString(value.getStringValue());
            case BOOL_VALUE -> out.writeBoolean(value.getBoolValue());
            case STRUCT_VALUE -> map(out, value.getStructValue().getFieldsMap());
            case LIST_VALUE -> {
                out.writeStartArray();
                for (Value element : value.getListValue().getValuesList()) {
                    value(out, element);
                }
                out.writeEndArray();
            }
        }
    }

    /// Reads one value.
    static Value value(JsonParser in) throws IOException {
        Value.Builder value = Value.newBuilder();
        switch (in.currentToken()) {
            case VALUE_NULL -> value.setNullValue(NullValue.NULL_VALUE);
            case VALUE_TRUE -> value.setBoolValue(true);
            case VALUE_FALSE -> value.setBoolValue(false);
            case VALUE_STRING -> value.setStringValue(in.getText());
            case VALUE_NUMBER_INT -> value.setIntegerValue(in.getLongValue());
            case VALUE_NUMBER_FLOAT -> value.setDoubleValue(in.getDoubleValue());
            case START_ARRAY -> {
                ListValue.Builder list = ListValue.newBuilder();
                while (in.nextToken() != JsonToken.END_ARRAY) {
                    list.addValues(value(in));
                }
                value.setListValue(list);
            }
            case START_OBJECT -> {
                Struct.Builder struct = Struct.newBuilder();
                fields(in, (field, each) -> struct.putFields(field, value(each)));
                value.setStructValue(struct);
            }
            default -> throw new IllegalStateException("no value begins with " + in.currentToken());
        }
        return value.build();
    }

    /// Reads the fields of an object; the reader takes each value to its last token or leaves it untouched.
    static void fields(JsonParser in, FieldReader reader) throws IOException {
        while (in.nextToken() != JsonToken.END_OBJECT) {
            String field = in.currentName();
            in.nextToken();
            reader.read(field, in);
        }
    }

    /// Reads the value of one field.
    interface FieldReader {
        void read(String field, JsonParser in) throws IOException;
    }

    /// Reads the elements of an array.
    static <T> List<T> list(JsonParser in, LocalCalls.Reader<T> reader) throws IOException {
        List<T> list = new java.util.ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            list.add(reader.read(in));
        }
        return list;
    }

    /// A time as RFC 3339 writes it.
    static String time(Timestamp time) {
        try {
            Instant instant = Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
            int year = instant.atOffset(ZoneOffset.UTC).getYear();
            if (year >= 0 && year <= MAX_YEAR) {
                return instant.toString();
            }
        } catch (DateTimeException beyond) {
            throw malformed("the time of " + time.getSeconds() + " s is out of range");
        }
        throw malformed("the time of " + time.getSeconds() + " s is not in the years 0 to " + MAX_YEAR);
    }

    /// Writes nothing if no shard is selected.
    static void shardKeyField(JsonGenerator out, boolean isGiven, ShardKeySelector selector) throws IOException {
        if (!isGiven || selector.getShardKeysCount() == 0) {
            return;
        }
        out.writeArrayFieldStart("shard_key");
        for (ShardKey key : selector.getShardKeysList()) {
            shardKey(out, key);
        }
        out.writeEndArray();
    }

    static void shardKey(JsonGenerator out, ShardKey key) throws IOException {
        switch (key.getKeyCase()) {
            case KEYWORD -> out.writeString(key.getKeyword());
            case NUMBER -> unsigned(out, key.getNumber());
            case KEY_NOT_SET -> throw malformed("a shard key has neither a keyword nor a number");
        }
    }
}
