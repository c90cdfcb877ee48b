package dev.pagoda.governance.api;

import java.util.Map;

/// What a module counted for one principal over an interval, of things that are no requests of their own.
///
/// @param readingId   unique per reading; recording the same id twice counts once
/// @param amounts     by meter, for example `vectors.queries`; 1 to 32 of them, none negative
/// @param startMicros wall clock at the begin of the interval, microseconds since the epoch
public record MeterReading(String readingId, Map<String, Long> amounts, long startMicros) {
    private static final int MAX_METERS = 32;
    private static final int MAX_NAME_CHARS = 64;

    public MeterReading {
        amounts = Map.copyOf(amounts);
        if (readingId.isBlank() || readingId.length() > 128) {
            throw new IllegalArgumentException(
                    "readingId has " + readingId.length() + " characters, 1 to 128 are allowed");
        }
        if (amounts.isEmpty() || amounts.size() > MAX_METERS) {
            throw new IllegalArgumentException("a reading of " + amounts.size() + " meters; it has 1 to " + MAX_METERS);
        }
        if (startMicros < 0) {
            throw new IllegalArgumentException("startMicros " + startMicros + " is negative");
        }
        amounts.forEach((meter, amount) -> {
            if (meter.length() > MAX_NAME_CHARS || !meter.matches("[a-z][a-z0-9_]*(\\.[a-z0-9_]+)*")) {
                throw new IllegalArgumentException("\"" + meter + "\" is no name of a meter");
            }
            if (amount < 0) {
                throw new IllegalArgumentException("the amount " + amount + " of " + meter + " is negative");
            }
        });
    }
}
