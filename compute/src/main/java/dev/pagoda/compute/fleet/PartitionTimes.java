package dev.pagoda.compute.fleet;

/// How long changes of a device's partitions take.
///
/// @param enterMicros to bring an empty device into the mode or out of it: driver calls, a reset where one is
///     needed, and the device plugin's new look at it
/// @param createMicros to make one partition in it
public record PartitionTimes(long enterMicros, long createMicros) {
    private static final long MAX_MICROS = 3_600_000_000L;

    public PartitionTimes {
        if (enterMicros < 0 || enterMicros > MAX_MICROS || createMicros < 0 || createMicros > MAX_MICROS) {
            throw new IllegalArgumentException("entering in " + enterMicros + " and creating in " + createMicros
                    + " microseconds are outside 0 to one hour");
        }
    }

    /// How long it takes to change from this mode to another.
    long changeMicros(PartitionTimes next) {
        return Math.max(enterMicros, next.enterMicros);
    }

    static PartitionTimes seconds(double enter, double create) {
        return new PartitionTimes(Math.round(enter * 1e6), Math.round(create * 1e6));
    }
}
