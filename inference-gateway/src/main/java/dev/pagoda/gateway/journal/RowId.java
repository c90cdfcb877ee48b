package dev.pagoda.gateway.journal;

import java.util.HexFormat;

/// Ids of requests and traces as they stand in a row: 32 hexadecimal digits, behind `req_` or nothing, take 16 bytes;
/// others their own text.
final class RowId {
    private static final HexFormat HEX = HexFormat.of();
    private static final int DIGITS = 32;
    private static final int HALF = 16;

    private RowId() {}

    /// Whether the text is a prefix and 32 hexadecimal digits in lower case.
    static boolean isPacked(String id, String prefix) {
        if (id.length() != prefix.length() + DIGITS || !id.startsWith(prefix)) {
            return false;
        }
        for (int i = prefix.length(); i < id.length(); i++) {
            char digit = id.charAt(i);
            if (!(digit >= '0' && digit <= '9' || digit >= 'a' && digit <= 'f')) {
                return false;
            }
        }
        return true;
    }

    /// The first 16 digits.
    static long high(String id, String prefix) {
        return HexFormat.fromHexDigitsToLong(id, prefix.length(), prefix.length() + HALF);
    }

    /// The last 16 digits.
    static long low(String id, String prefix) {
        return HexFormat.fromHexDigitsToLong(id, prefix.length() + HALF, prefix.length() + DIGITS);
    }

    static String text(String prefix, long high, long low) {
        return prefix + HEX.toHexDigits(high) + HEX.toHexDigits(low);
    }
}
