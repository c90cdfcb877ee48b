package dev.pagoda.vectors.storage;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes values into a growing array of bytes, big-endian; [Decoder] reads them back. Not safe for several threads.
public final class Encoder {
    /// An array of bytes cannot be much longer.
    private static final int MAX_BYTES = Integer.MAX_VALUE - 64;

    private ByteBuffer buffer = ByteBuffer.allocate(256);

    public int size() {
        return buffer.position();
    }

    public byte[] toBytes() {
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    public Encoder writeByte(int value) {
        room(1).put((byte) value);
        return this;
    }

    public Encoder writeInt(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    public Encoder writeLong(long value) {
        room(Long.BYTES).putLong(value);
        return this;
    }

    public Encoder writeText(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        writeInt(bytes.length);
        room(bytes.length).put(bytes);
        return this;
    }

    public Encoder writeFloats(float[] values) {
        writeInt(values.length);
        ByteBuffer target = room((long) values.length * Float.BYTES);
        target.asFloatBuffer().put(values);
        target.position(target.position() + values.length * Float.BYTES);
        return this;
    }

    public Encoder writeInts(int[] values) {
        writeInt(values.length);
        ByteBuffer target = room((long) values.length * Integer.BYTES);
        target.asIntBuffer().put(values);
        target.position(target.position() + values.length * Integer.BYTES);
        return this;
    }

    /// A value as a frozen payload holds it.
    public Encoder writeValue(@Nullable Object value) {
        switch (value) {
            case null -> writeByte(0);
            case String text -> writeByte(1).writeText(text);
            case Long number -> writeByte(2).writeLong(number);
            case Double number -> writeByte(3).writeLong(Double.doubleToRawLongBits(number));
            case Boolean flag -> writeByte(flag ? 5 : 4);
            case List<?> list -> {
                writeByte(6).writeInt(list.size());
                list.forEach(this::writeValue);
            }
            case Map<?, ?> map -> {
                writeByte(7).writeInt(map.size());
                map.forEach((key, element) -> writeText((String) key).writeValue(element));
            }
            default -> throw new IllegalArgumentException("no payload holds a " + value.getClass());
        }
        return this;
    }

    private ByteBuffer room(long bytes) {
        if (buffer.remaining() < bytes) {
            long needed = buffer.position() + bytes;
            if (needed > MAX_BYTES) {
                throw new IllegalArgumentException("a record of " + needed + " bytes is longer than " + MAX_BYTES);
            }
            int length = (int) Math.min(MAX_BYTES, Math.max(needed, buffer.capacity() * 2L));
            buffer = ByteBuffer.wrap(Arrays.copyOf(buffer.array(), length)).position(buffer.position());
        }
        return buffer;
    }
}
