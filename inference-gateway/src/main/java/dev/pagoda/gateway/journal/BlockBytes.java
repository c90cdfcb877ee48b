package dev.pagoda.gateway.journal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Bytes that grow, and a place in them. Numbers are written in groups of seven bits, the least first, so that small
/// ones take one byte; those that may be negative are folded before, as Protocol Buffers do.
///
/// Not thread-safe.
final class BlockBytes {
    private static final int LEAST = 1 << 12;

    byte[] bytes;
    int at;

    BlockBytes() {
        this(new byte[LEAST], 0);
    }

    BlockBytes(byte[] bytes, int at) {
        this.bytes = bytes;
        this.at = at;
    }

    void clear() {
        at = 0;
    }

    void put(int value) {
        need(1);
        bytes[at++] = (byte) value;
    }

    void putUnsigned(long value) {
        need(10);
        long left = value;
        while ((left & ~0x7fL) != 0) {
            bytes[at++] = (byte) (left | 0x80);
            left >>>= 7;
        }
        bytes[at++] = (byte) left;
    }

    void putSigned(long value) {
        putUnsigned((value << 1) ^ (value >> 63));
    }

    void putLong(long value) {
        need(Long.BYTES);
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes[at++] = (byte) (value >>> shift);
        }
    }

    void putText(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        putUnsigned(utf8.length);
        putAll(utf8, utf8.length);
    }

    void putAll(byte[] from, int length) {
        need(length);
        System.arraycopy(from, 0, bytes, at, length);
        at += length;
    }

    int get() {
        return bytes[at++];
    }

    long getUnsigned() {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte part = bytes[at++];
            value |= (part & 0x7fL) << shift;
            if (part >= 0) {
                return value;
            }
        }
        throw new IllegalStateException("a number of the request log does not end");
    }

    long getSigned() {
        long folded = getUnsigned();
        return (folded >>> 1) ^ -(folded & 1);
    }

    long getLong() {
        long value = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            value = (value << 8) | (bytes[at++] & 0xff);
        }
        return value;
    }

    String getText() {
        int length = (int) getUnsigned();
        String text = new String(bytes, at, length, StandardCharsets.UTF_8);
        at += length;
        return text;
    }

    private void need(int more) {
        if (bytes.length - at < more) {
            bytes = Arrays.copyOf(bytes, Math.max(at + more, bytes.length * 2));
        }
    }
}
