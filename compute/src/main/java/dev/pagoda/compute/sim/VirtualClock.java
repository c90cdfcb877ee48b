package dev.pagoda.compute.sim;

/// A time that stands still until it is moved, in nanoseconds from the beginning of a study. One thread.
public final class VirtualClock {
    private long nanos;

    public long nanos() {
        return nanos;
    }

    /// @throws IllegalArgumentException if that is in the past
    public void moveTo(long laterNanos) {
        if (laterNanos < nanos) {
            throw new IllegalArgumentException("time goes forward: " + laterNanos + " ns is before " + nanos + " ns");
        }
        nanos = laterNanos;
    }
}
