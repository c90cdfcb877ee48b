package dev.pagoda.gateway.scale;

import java.util.ArrayDeque;
import java.util.Iterator;

/// Wants as many replicas as bring the requests in flight per replica to a target, in the manner of Knative's
/// concurrency autoscaler: averages over time, a short window that reacts to a burst, a long one that lets go slowly.
///
/// Time is a parameter. Memory is bounded: changes closer than a hundredth of the short window are averaged together.
/// Not thread-safe.
public final class ConcurrencyScaler {
    private static final int SLICES_PER_BURST = 100;

    /// @param inFlightNanos requests in flight, integrated over the slice
    private record Slice(long fromNanos, long toNanos, double inFlightNanos) {}

    private final ConcurrencyPolicy policy;
    private final long sliceNanos;
    private final ArrayDeque<Slice> slices = new ArrayDeque<>();
    private long sliceStart;
    private double sliceArea;
    private long lastNanos;
    private int inFlight;

    /// @param nowNanos the time from which the deployment exists, with nothing in flight
    public ConcurrencyScaler(ConcurrencyPolicy policy, long nowNanos) {
        this.policy = policy;
        this.sliceNanos = Math.max(1, policy.burstNanos() / SLICES_PER_BURST);
        this.sliceStart = nowNanos;
        this.lastNanos = nowNanos;
    }

    /// From now on so many requests are in flight.
    public void observe(int requests, long nowNanos) {
        pass(nowNanos);
        inFlight = requests;
    }

    /// How many replicas there should be, within the policy's bounds.
    public int wanted(long nowNanos) {
        pass(nowNanos);
        double burst = average(nowNanos, policy.burstNanos());
        double stable = average(nowNanos, policy.stableNanos());
        int wanted = (int) Math.min(Integer.MAX_VALUE, Math.ceil(Math.max(burst, stable) / policy.target() - 1e-9));
        int floor = Math.max(policy.minReplicas(), inFlight > 0 ? 1 : 0);
        return Math.clamp(wanted, floor, policy.maxReplicas());
    }

    private void pass(long nowNanos) {
        if (nowNanos < lastNanos) {
            throw new IllegalArgumentException("time " + nowNanos + " is before " + lastNanos);
        }
        sliceArea += (double) inFlight * (nowNanos - lastNanos);
        lastNanos = nowNanos;
        if (nowNanos - sliceStart >= sliceNanos) {
            slices.addLast(new Slice(sliceStart, nowNanos, sliceArea));
            sliceStart = nowNanos;
            sliceArea = 0;
        }
        while (!slices.isEmpty() && slices.peekFirst().toNanos() <= nowNanos - policy.stableNanos()) {
            slices.removeFirst();
        }
    }

    /// The average since the start of the window, or since the beginning when that was later.
    private double average(long nowNanos, long windowNanos) {
        long from = nowNanos - windowNanos;
        double area = sliceArea;
        long covered = nowNanos - sliceStart;
        for (Iterator<Slice> newest = slices.descendingIterator(); newest.hasNext(); ) {
            Slice slice = newest.next();
            if (slice.toNanos() <= from) {
                break;
            }
            long length = slice.toNanos() - slice.fromNanos();
            long inside = slice.toNanos() - Math.max(from, slice.fromNanos());
            area += slice.inFlightNanos() * inside / length;
            covered += inside;
        }
        return covered == 0 ? inFlight : area / covered;
    }
}
