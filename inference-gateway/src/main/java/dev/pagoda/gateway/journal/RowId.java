package dev.pagoda.gateway.journal;

import java.util.Arrays;
import java.util.HexFormat;

/// Ids of requests and traces as they stand in a row: 32 hexadecimal digits, behind `req_` or nothing, take 16 bytes;
/// others their own text.
///
/// Not thread-safe.
final class RowId {
    private static final HexFormat HEX = HexFormat.of();
    private static final int DIGITS = 32;
    private static final int HALF = 16;

    private static final byte WRONG = 16;
    private static final byte[] VALUES = values();

    private long high;
    private long low;
    private int faults;

    /// Reads an id; its halves are there until the next.
    ///
    /// @return whether the text is the prefix and 32 hexadecimal digits in lower case
    boolean read(String id, String prefix) {
        int from = prefix.length();
        if (id.length() != from + DIGITS || !id.startsWith(prefix)) {
            return false;
        }
        long first = half(id, from);
        int wrong = faults;
        long second = half(id, from + HALF);
        high = first;
        low = second;
        return (wrong | faults) == 0;
    }

    private long half(String id, int from) {
        long value = 0;
        int wrong = 0;
        for (int i = from; i < from + HALF; i++) {
            char digit = id.charAt(i);
            int nibble = digit < VALUES.length ? VALUES[digit] : WRONG;
            wrong |= nibble;
            value = (value << 4) | (nibble & 0xf);
        }
        faults = wrong & WRONG;
        return value;
    }

    private static byte[] values() {
        byte[] values = new byte[128];
        Arrays.fill(values, WRONG);
        for (int i = 0; i < 16; i++) {
            values[Character.forDigit(i, 16)] = (byte) i;
        }
        return values;
    }

    /// The first 16 digits of what was read.
    long high() {
        return high;
    }

    /// The last 16 digits of what was read.
    long low() {
        return low;
    }

    static String text(String prefix, long high, long low) {
        return prefix + HEX.toHexDigits(high) + HEX.toHexDigits(low);
    }
}
