package dev.pagoda.gateway.study;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;

/// Keys and values on their way from engines that read prompts to engines that go on, under a virtual clock.
/// Not thread-safe.
final class KvTransfers<T> {
    /// Something that happens at a time.
    ///
    /// @param from    the engine that read the prompt
    /// @param hasMoved whether the keys and values have arrived; else the prompt has just been read
    record Move<T>(T owner, long from, long atNanos, long order, boolean hasMoved) {}

    private final Disaggregation plan;
    private final PriorityQueue<Move<T>> moves =
            new PriorityQueue<>(Comparator.<Move<T>>comparingLong(Move::atNanos).thenComparingLong(Move::order));
    private final Map<Long, Long> busyUntil = new HashMap<>();
    private long order;
    private long count;
    private double bytes;
    private double nanos;

    KvTransfers(Disaggregation plan) {
        this.plan = plan;
    }

    void read(T owner, long from, long atNanos) {
        moves.add(new Move<>(owner, from, atNanos, order++, false));
    }

    void send(Move<T> read, double size) {
        long begin = Math.max(read.atNanos(), busyUntil.getOrDefault(read.from(), 0L));
        long sent = begin + Math.round(size / plan.bytesPerSecond() * 1e9);
        busyUntil.put(read.from(), sent);
        long arrived = sent + plan.latencyNanos();
        moves.add(new Move<>(read.owner(), read.from(), arrived, order++, true));
        count++;
        bytes += size;
        nanos += arrived - read.atNanos();
    }

    /// The next that happens by a time.
    Optional<Move<T>> next(long untilNanos) {
        Move<T> first = moves.peek();
        return first == null || first.atNanos() > untilNanos ? Optional.empty() : Optional.of(moves.remove());
    }

    boolean isEmpty() {
        return moves.isEmpty();
    }

    ServingResult.Transfers sum() {
        return new ServingResult.Transfers(count, bytes, nanos / 1e9);
    }
}
