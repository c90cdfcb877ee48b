package dev.pagoda.gateway.engine;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;

/// Keys and values on their way from engines that read prompts to engines that go on. Each engine sends one prompt
/// after the other.
///
/// Time is a parameter. Not thread-safe.
///
/// @param <T> what is sent
public final class KvTransfers<T> {
    private final long latencyNanos;
    private final PriorityQueue<Move<T>> moves =
            new PriorityQueue<>(Comparator.<Move<T>>comparingLong(Move::atNanos).thenComparingLong(Move::order));
    private final Map<Long, Long> busyUntil = new HashMap<>();
    private long order;
    private long count;
    private double bytes;
    private double nanos;

    /// Something that happens at a time.
    ///
    /// @param from    the engine that read the prompt
    /// @param hasMoved whether the keys and values have arrived; else the prompt has just been read
    public record Move<T>(T owner, long from, long atNanos, long order, boolean hasMoved) {}

    /// @param latencyNanos of a transfer beside its bytes
    public KvTransfers(long latencyNanos) {
        if (latencyNanos < 0) {
            throw new IllegalArgumentException("latencyNanos " + latencyNanos + " is below 0");
        }
        this.latencyNanos = latencyNanos;
    }

    /// An engine has read a prompt.
    public void read(T owner, long from, long atNanos) {
        moves.add(new Move<>(owner, from, atNanos, order++, false));
    }

    /// Sends what was read, as soon as the engine has sent all before it.
    ///
    /// @param atNanos not before it was read
    /// @return how long it takes, the wait included
    public long send(Move<T> read, double size, double bytesPerSecond, long atNanos) {
        return send(read, size, bytesPerSecond, 0, atNanos);
    }

    /// The same over a link that takes some time for its first byte.
    ///
    /// @param linkNanos on top of what each transfer takes beside its bytes
    public long send(Move<T> read, double size, double bytesPerSecond, long linkNanos, long atNanos) {
        long begin = Math.max(atNanos, busyUntil.getOrDefault(read.from(), 0L));
        long sent = begin + Math.round(size / bytesPerSecond * 1e9);
        busyUntil.put(read.from(), sent);
        long arrived = sent + latencyNanos + linkNanos;
        moves.add(new Move<>(read.owner(), read.from(), arrived, order++, true));
        count++;
        bytes += size;
        nanos += arrived - read.atNanos();
        return arrived - atNanos;
    }

    /// An engine is no more.
    public void forget(long from) {
        busyUntil.remove(from);
    }

    /// The next that happens by a time.
    public Optional<Move<T>> next(long untilNanos) {
        Move<T> first = moves.peek();
        return first == null || first.atNanos() > untilNanos ? Optional.empty() : Optional.of(moves.remove());
    }

    /// When the next happens.
    public OptionalLong dueNanos() {
        Move<T> first = moves.peek();
        return first == null ? OptionalLong.empty() : OptionalLong.of(first.atNanos());
    }

    public boolean isEmpty() {
        return moves.isEmpty();
    }

    /// Transfers so far.
    public long count() {
        return count;
    }

    public double bytes() {
        return bytes;
    }

    /// From the end of reading to the arrival, summed.
    public double nanos() {
        return nanos;
    }
}
