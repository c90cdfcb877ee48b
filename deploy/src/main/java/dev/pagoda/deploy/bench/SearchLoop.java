package dev.pagoda.deploy.bench;

import dev.pagoda.vectors.hnsw.HnswIndex;
import dev.pagoda.vectors.hnsw.Neighbours;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;

/// One thread that asks one query after another, times each by the clock, and keeps some answers to be judged later.
///
/// A phase goes from position 0 to `length` in equal parts; the position is what [#run] is told: points loaded, or
/// time.
final class SearchLoop {
    /// Digits of a latency that histograms keep.
    private static final int DIGITS = 3;

    /// How far a writer has come; the writer alone writes. What is done before `begun` rises may be seen by a search,
    /// and what is done when `done` rises must be.
    record Writes(AtomicInteger begun, AtomicInteger done) {
        Writes() {
            this(new AtomicInteger(), new AtomicInteger());
        }
    }

    /// An answer to be judged.
    ///
    /// @param part  of the phase, in which the search began
    /// @param done  writes done when the search began
    /// @param begun writes begun when it had ended
    /// @param found rows, nearest first
    record Sample(int part, int query, int done, int begun, int[] found) {}

    /// What a part of a phase was like.
    ///
    /// @param latencies of its searches by the clock, in nanoseconds
    /// @param work      of its searches by the CPU time of their thread, in nanoseconds
    record Part(Histogram latencies, Histogram work, Disturbance disturbance) {
        double micros(double percentile) {
            return micros(latencies, percentile);
        }

        double workMicros(double percentile) {
            return micros(work, percentile);
        }

        private static double micros(Histogram nanos, double percentile) {
            return nanos.getTotalCount() == 0 ? Double.NaN : nanos.getValueAtPercentile(percentile) / 1e3;
        }

        double most() {
            return latencies.getTotalCount() == 0 ? Double.NaN : latencies.getMaxValue() / 1e3;
        }
    }

    record Phase(List<Part> parts, List<Sample> samples) {}

    private final HnswIndex index;
    private final Roster roster;
    private final float[][] queries;
    private final int ef;
    private int next;

    SearchLoop(HnswIndex index, Roster roster, float[][] queries, int ef) {
        this.index = index;
        this.roster = roster;
        this.queries = queries;
        this.ef = ef;
    }

    /// @param position from 0; the loop ends when it reaches `length`
    /// @param over     asked before each search, ends the loop too
    /// @param samples  answers kept of each part, at equal distances of position
    Phase run(long length, int parts, int samples, LongSupplier position, BooleanSupplier over, Writes writes) {
        List<Histogram> latencies = new ArrayList<>();
        List<Histogram> work = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            latencies.add(new Histogram(DIGITS));
            work.add(new Histogram(DIGITS));
        }
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        Disturbance[] disturbances = new Disturbance[parts + 1];
        disturbances[0] = Disturbance.soFar();
        List<Sample> kept = new ArrayList<>();
        int part = 0;
        long sampled = 0;
        long at = position.getAsLong();
        while (at < length && !over.getAsBoolean()) {
            for (int now = (int) (at * parts / length); part < now; part++) {
                disturbances[part + 1] = Disturbance.soFar();
            }
            int query = next++ % queries.length;
            int done = writes.done().get();
            long cpu = threads.getCurrentThreadCpuTime();
            long begin = System.nanoTime();
            Neighbours found = index.search(queries[query], ContenderLoop.LIMIT, ef, null, false)
                    .neighbours();
            latencies.get(part).recordValue(System.nanoTime() - begin);
            work.get(part).recordValue(threads.getCurrentThreadCpuTime() - cpu);
            long wanted = at * parts * samples / length + 1;
            if (wanted > sampled) {
                sampled = wanted;
                int[] rows = roster.rows(found);
                kept.add(new Sample(part, query, done, writes.begun().get(), rows));
            }
            at = position.getAsLong();
        }
        for (; part < parts; part++) {
            disturbances[part + 1] = Disturbance.soFar();
        }
        List<Part> result = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            result.add(new Part(latencies.get(i), work.get(i), disturbances[i + 1].since(disturbances[i])));
        }
        return new Phase(result, kept);
    }
}
