package dev.pagoda.gateway.backend;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/// Writes a model in ONNX's format, a protobuf message whose fields are numbered in `onnx.proto`
/// (https://github.com/onnx/onnx/blob/v1.17.0/onnx/onnx.proto).
final class OnnxFile {
    static final int FLOAT = 1;
    static final int INT64 = 7;
    private static final int IR_VERSION = 8;
    private static final int OPSET = 13;

    private final Message graph = new Message().text(2, "graph");

    /// A protobuf message in its wire format.
    private static final class Message {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Message number(int field, long value) {
            varint((long) field << 3);
            varint(value);
            return this;
        }

        Message bytes(int field, byte[] value) {
            varint((long) field << 3 | 2);
            varint(value.length);
            bytes.writeBytes(value);
            return this;
        }

        Message text(int field, String value) {
            return bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Message message(int field, Message value) {
            return bytes(field, value.bytes.toByteArray());
        }

        private void varint(long value) {
            long rest = value;
            while ((rest & ~0x7fL) != 0) {
                bytes.write((int) ((rest & 0x7f) | 0x80));
                rest >>>= 7;
            }
            bytes.write((int) rest);
        }
    }

    /// @param dimensions a name for one that is open, a number for one that is not
    OnnxFile input(String name, int type, String... dimensions) {
        graph.message(11, value(name, type, dimensions));
        return this;
    }

    OnnxFile output(String name, int type, String... dimensions) {
        graph.message(12, value(name, type, dimensions));
        return this;
    }

    private static Message value(String name, int type, String... dimensions) {
        var shape = new Message();
        for (String each : dimensions) {
            boolean isOpen = !Character.isDigit(each.charAt(0));
            shape.message(1, isOpen ? new Message().text(2, each) : new Message().number(1, Long.parseLong(each)));
        }
        var tensor = new Message().number(1, type).message(2, shape);
        return new Message().text(1, name).message(2, new Message().message(1, tensor));
    }

    OnnxFile floats(String name, float[] values, long... shape) {
        return constant(name, FLOAT, 4 * values.length, to -> to.asFloatBuffer().put(values), shape);
    }

    OnnxFile longs(String name, long... values) {
        return constant(name, INT64, 8 * values.length, to -> to.asLongBuffer().put(values), values.length);
    }

    private OnnxFile constant(String name, int type, int size, Consumer<ByteBuffer> fill, long... shape) {
        ByteBuffer raw = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        fill.accept(raw);
        var tensor = new Message();
        for (long each : shape) {
            tensor.number(1, each);
        }
        graph.message(5, tensor.number(2, type).text(8, name).bytes(9, raw.array()));
        return this;
    }

    /// An operator of inputs and outputs, both separated by spaces.
    OnnxFile node(String operator, String inputs, String outputs) {
        return node(operator, inputs, outputs, "", 0);
    }

    /// @param attribute of a whole number; empty for none
    OnnxFile node(String operator, String inputs, String outputs, String attribute, long value) {
        var node = new Message();
        for (String each : inputs.split(" ", -1)) {
            node.text(1, each);
        }
        for (String each : outputs.split(" ", -1)) {
            node.text(2, each);
        }
        node.text(4, operator);
        if (!attribute.isEmpty()) {
            node.message(5, new Message().text(1, attribute).number(3, value).number(20, 2));
        }
        graph.message(1, node);
        return this;
    }

    byte[] bytes() {
        return new Message()
                .number(1, IR_VERSION)
                .text(2, "pagoda")
                .message(7, graph)
                .message(8, new Message().text(1, "").number(2, OPSET))
                .bytes
                .toByteArray();
    }
}
