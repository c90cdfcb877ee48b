package dev.pagoda.gateway.journal;

import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Which trace a request belongs to, as W3C Trace Context (Recommendation of 2021-11-23) has it.
///
/// @param traceId   32 hexadecimal digits, not all zero
/// @param parentId  the caller's span, 16 hexadecimal digits; empty when the trace begins here
/// @param isSampled whether the caller records it
public record TraceParent(String traceId, String parentId, boolean isSampled) {
    // later versions may add fields behind the flags
    private static final Pattern FORM =
            Pattern.compile("([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");
    private static final HexFormat HEX = HexFormat.of();
    private static final String NO_TRACE = "0".repeat(32);
    private static final String NO_SPAN = "0".repeat(16);

    /// @return empty when the header says nothing valid, so that a new trace is begun
    static Optional<TraceParent> parse(String header) {
        Matcher form = FORM.matcher(header.trim());
        if (!form.matches()) {
            return Optional.empty();
        }
        String version = form.group(1);
        boolean isWhole = !version.equals("ff") && !(version.equals("00") && form.group(5) != null);
        if (!isWhole || form.group(2).equals(NO_TRACE) || form.group(3).equals(NO_SPAN)) {
            return Optional.empty();
        }
        return Optional.of(
                new TraceParent(form.group(2), form.group(3), (Integer.parseInt(form.group(4), 16) & 1) == 1));
    }

    /// What a header says, a fresh trace when that is nothing valid or there is none.
    public static TraceParent of(@Nullable String header) {
        return Optional.ofNullable(header)
                .flatMap(TraceParent::parse)
                .orElseGet(() -> fresh(System.currentTimeMillis(), ThreadLocalRandom.current()));
    }

    /// A trace that begins here. Its id grows with time in its first 12 digits, so that the log's index is written at
    /// one end; the other 20 are drawn.
    static TraceParent fresh(long nowMillis, RandomGenerator random) {
        long high = (nowMillis << 16) | (random.nextLong() & 0xffff);
        long low = random.nextLong() | 1;
        return new TraceParent(HEX.toHexDigits(high) + HEX.toHexDigits(low), "", true);
    }
}
