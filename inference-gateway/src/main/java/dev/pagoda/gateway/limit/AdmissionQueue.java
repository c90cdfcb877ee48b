package dev.pagoda.gateway.limit;

import java.util.ArrayDeque;
import java.util.Optional;

/// Requests that wait for a replica, first come first served, at most so many.
///
/// It watches how fast requests leave, to tell those it refuses when to come back. Time is a parameter. Not
/// thread-safe.
public final class AdmissionQueue<T> {
    /// Longest advice to a refused request.
    public static final int MAX_RETRY_SECONDS = 60;

    /// Half-life of the rate at which requests leave.
    private static final double HALF_LIFE_NANOS = 5e9;

    private final int bound;
    private final ArrayDeque<T> waiting = new ArrayDeque<>();
    private double departures;
    private long lastNanos;
    private boolean hasDepartures;

    public AdmissionQueue(int bound) {
        if (bound < 0) {
            throw new IllegalArgumentException("bound " + bound + " is below 0");
        }
        this.bound = bound;
    }

    /// Lets a request wait.
    ///
    /// @param others requests that wait elsewhere on behalf of this queue
    /// @return false when as many wait as may
    public boolean offer(T request, int others) {
        if (waiting.size() + others >= bound) {
            return false;
        }
        waiting.addLast(request);
        return true;
    }

    /// Lets a request that had left wait again, before all others and whatever the bound.
    public void putBack(T request) {
        waiting.addFirst(request);
    }

    public Optional<T> peek() {
        return Optional.ofNullable(waiting.peekFirst());
    }

    public Optional<T> poll() {
        return Optional.ofNullable(waiting.pollFirst());
    }

    /// @return whether it was waiting
    public boolean remove(T request) {
        return waiting.remove(request);
    }

    public int size() {
        return waiting.size();
    }

    public boolean isEmpty() {
        return waiting.isEmpty();
    }

    /// A request has been served.
    public void departed(long nowNanos) {
        decay(nowNanos);
        departures++;
        hasDepartures = true;
    }

    /// When a refused request may find room: the time that half of those waiting take at the present rate.
    ///
    /// @param others requests that wait elsewhere on behalf of this queue
    /// @return 1 to [#MAX_RETRY_SECONDS]
    public int retryAfterSeconds(int others, long nowNanos) {
        decay(nowNanos);
        if (!hasDepartures) {
            return 1;
        }
        double perSecond = departures * Math.log(2) / HALF_LIFE_NANOS * 1e9;
        double seconds = (waiting.size() + others) / 2.0 / Math.max(perSecond, 1e-9);
        return (int) Math.clamp(Math.ceil(seconds), 1, MAX_RETRY_SECONDS);
    }

    private void decay(long nowNanos) {
        long passed = Math.max(0, nowNanos - lastNanos);
        departures *= Math.exp(-passed * Math.log(2) / HALF_LIFE_NANOS);
        lastNanos = nowNanos;
    }
}
