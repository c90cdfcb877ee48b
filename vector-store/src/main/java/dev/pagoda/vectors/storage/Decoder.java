package dev.pagoda.vectors.storage;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads what [Encoder] wrote. Bytes that it cannot have written end in a [BufferUnderflowException] or an
/// `IllegalArgumentException`, never in a giant array.
public final class Decoder {
    private final ByteBuffer buffer;

    public Decoder(byte[] bytes) {
        this.buffer = ByteBuffer.wrap(bytes);
    }

    public boolean hasMore() {
        return buffer.hasRemaining();
    }

    public int readByte() {
        return buffer.get();
    }

    public int readInt() {
        return buffer.getInt();
    }

    public long readLong() {
        return buffer.getLong();
    }

    /// A number of elements that each take at least a byte.
    public int readCount() {
        return requireCount(buffer.getInt(), 1);
    }

    public String readText() {
        byte[] bytes = new byte[readCount()];
        buffer.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    public float[] readFloats() {
        float[] values = new float[requireCount(buffer.getInt(), Float.BYTES)];
        buffer.asFloatBuffer().get(values);
        buffer.position(buffer.position() + values.length * Float.BYTES);
        return values;
    }

    public int[] readInts() {
        int[] values = new int[requireCount(buffer.getInt(), Integer.BYTES)];
        buffer.asIntBuffer().get(values);
        buffer.position(buffer.position() + values.length * Integer.BYTES);
        return values;
    }

    public @Nullable Object readValue() {
        int kind = buffer.get();
        return switch (kind) {
            case 0 -> null;
            case 1 -> readText();
            case 2 -> buffer.getLong();
            case 3 -> Double.longBitsToDouble(buffer.getLong());
            case 4 -> false;
            case 5 -> true;
            case 6 -> {
                int count = readCount();
                List<@Nullable Object> list = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    list.add(readValue());
                }
                yield Collections.unmodifiableList(list);
            }
            case 7 -> readEntries();
            default -> throw new IllegalArgumentException("no value is of kind " + kind);
        };
    }

    /// A value that was written as a map.
    public Map<String, @Nullable Object> readMap() {
        int kind = buffer.get();
        if (kind != 7) {
            throw new IllegalArgumentException("a value of kind " + kind + " is no map");
        }
        return readEntries();
    }

    private Map<String, @Nullable Object> readEntries() {
        int count = readCount();
        Map<String, @Nullable Object> map = LinkedHashMap.newLinkedHashMap(count);
        for (int i = 0; i < count; i++) {
            String key = readText();
            map.put(key, readValue());
        }
        return Collections.unmodifiableMap(map);
    }

    private int requireCount(int count, int bytesEach) {
        if (count < 0 || count > buffer.remaining() / bytesEach) {
            throw new BufferUnderflowException();
        }
        return count;
    }
}
