package dev.pagoda.vectors.filter;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Dates and times as payloads write them: RFC 3339, or `YYYY-MM-DD[ HH:MM[:SS[.ffffff]]]`, UTC unless an offset is
/// given.
public final class Timestamps {
    private static final Pattern FORM =
            Pattern.compile("(\\d{4})-(\\d{2})-(\\d{2})(?:[Tt ](\\d{2}):(\\d{2})(?::(\\d{2})(?:\\.(\\d{1,9}))?)?)?"
                    + "([Zz]|[+-]\\d{2}:?\\d{2})?");
    private static final int LONGEST = 40;

    private Timestamps() {}

    /// Microseconds since 1970 in UTC; empty if the text is no date.
    public static OptionalLong micros(String text) {
        if (text.length() < 10 || text.length() > LONGEST) {
            return OptionalLong.empty();
        }
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            return OptionalLong.empty();
        }
        String fraction = parts.group(7);
        String zone = parts.group(8);
        try {
            LocalDateTime time = LocalDateTime.of(
                    number(parts.group(1)),
                    number(parts.group(2)),
                    number(parts.group(3)),
                    number(parts.group(4)),
                    number(parts.group(5)),
                    number(parts.group(6)));
            ZoneOffset offset = zone == null || zone.equalsIgnoreCase("z") ? ZoneOffset.UTC : ZoneOffset.of(zone);
            long microsOfSecond = fraction == null ? 0 : Long.parseLong((fraction + "00000").substring(0, 6));
            return OptionalLong.of(time.toEpochSecond(offset) * 1_000_000 + microsOfSecond);
        } catch (DateTimeException outOfRange) {
            return OptionalLong.empty();
        }
    }

    private static int number(@Nullable String digits) {
        return digits == null ? 0 : Integer.parseInt(digits);
    }
}
