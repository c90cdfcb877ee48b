package dev.pagoda.gateway.limit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Requests that wait for a replica, at most so many: served fairly between tenants and by priority within each (see
/// [Flow]), and under overload given up in the same spirit.
///
/// It watches how fast requests leave, to tell those it refuses when to come back. Time is a parameter. Not
/// thread-safe.
public final class AdmissionQueue<T> {
    /// Longest advice to a refused request.
    public static final int MAX_RETRY_SECONDS = 60;

    /// Half-life of the rate at which requests leave.
    private static final double HALF_LIFE_NANOS = 5e9;

    private final int bound;
    private final FairOrder<T> waiting = new FairOrder<>();
    /// Those that had left and came back, before all others.
    private final ArrayDeque<T> returned = new ArrayDeque<>();
    private int reserved;
    private double departures;
    private long lastNanos;
    private boolean hasDepartures;

    /// @param bound at least 1
    public AdmissionQueue(int bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("bound " + bound + " is below 1");
        }
        this.bound = bound;
    }

    /// Keeps a place for a request that is being prepared; [#enter] or [#forfeit] must follow.
    ///
    /// @param others requests that wait elsewhere on behalf of this queue
    /// @return false when as many wait as may
    public boolean reserve(int others) {
        if (size() + others >= bound) {
            return false;
        }
        reserved++;
        return true;
    }

    /// Makes room for a newcomer when as many wait as may.
    ///
    /// @return who has to leave for it, already taken out; empty when nobody who waits is due less than it
    public Optional<T> shed(Flow newcomer) {
        return waiting.shed(newcomer);
    }

    /// Takes the place that was reserved, first come first served.
    public void enter(T request) {
        enter(request, Flow.COMMON);
    }

    /// Takes the place that was reserved.
    public void enter(T request, Flow flow) {
        forfeit();
        waiting.add(request, flow);
    }

    /// Gives a reserved place up.
    public void forfeit() {
        if (reserved == 0) {
            throw new IllegalStateException("no place is reserved");
        }
        reserved--;
    }

    /// Lets a request that had left wait again, before all others and whatever the bound.
    public void putBack(T request) {
        returned.addFirst(request);
    }

    public Optional<T> peek() {
        return returned.isEmpty() ? waiting.peek() : Optional.of(returned.getFirst());
    }

    public Optional<T> poll() {
        return returned.isEmpty() ? waiting.poll() : Optional.of(returned.removeFirst());
    }

    /// @return whether it was waiting
    public boolean remove(T request) {
        return returned.remove(request) || waiting.remove(request);
    }

    /// Requests that wait, and places kept.
    public int size() {
        return returned.size() + waiting.size() + reserved;
    }

    /// Requests that wait, first come first.
    public Collection<T> waiting() {
        List<T> all = new ArrayList<>(returned);
        all.addAll(waiting.all());
        return all;
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
        double seconds = (size() + others) / 2.0 / Math.max(perSecond, 1e-9);
        return (int) Math.clamp(Math.ceil(seconds), 1, MAX_RETRY_SECONDS);
    }

    private void decay(long nowNanos) {
        long passed = Math.max(0, nowNanos - lastNanos);
        departures *= Math.exp(-passed * Math.log(2) / HALF_LIFE_NANOS);
        lastNanos = nowNanos;
    }
}
