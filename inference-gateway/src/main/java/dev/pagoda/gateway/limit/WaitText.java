package dev.pagoda.gateway.limit;

/// A time to wait as OpenAI writes it: `0s`, `644ms`, `9.816s`, `1m0.5s`, `1h0m0s`; whole milliseconds, rounded up.
public final class WaitText {
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long MILLIS_PER_MINUTE = 60_000;
    private static final long MINUTES_PER_HOUR = 60;

    private WaitText() {}

    public static String of(long nanos) {
        long millis = Math.ceilDiv(Math.max(0, nanos), NANOS_PER_MILLI);
        if (millis == 0) {
            return "0s";
        }
        if (millis < 1_000) {
            return millis + "ms";
        }
        long minutes = millis / MILLIS_PER_MINUTE;
        String seconds = seconds((int) (millis % MILLIS_PER_MINUTE));
        if (minutes == 0) {
            return seconds;
        }
        if (minutes < MINUTES_PER_HOUR) {
            return minutes + "m" + seconds;
        }
        return minutes / MINUTES_PER_HOUR + "h" + minutes % MINUTES_PER_HOUR + "m" + seconds;
    }

    /// Without zeros at the end.
    private static String seconds(int millis) {
        int whole = millis / 1_000;
        int rest = millis % 1_000;
        if (rest == 0) {
            return whole + "s";
        }
        if (rest % 100 == 0) {
            return whole + "." + rest / 100 + "s";
        }
        String zero = rest < 100 ? "0" : "";
        if (rest % 10 == 0) {
            return whole + "." + zero + rest / 10 + "s";
        }
        return whole + "." + zero + (rest < 10 ? "0" : "") + rest + "s";
    }
}
