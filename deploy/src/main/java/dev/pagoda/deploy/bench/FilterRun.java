package dev.pagoda.deploy.bench;

import dev.pagoda.vectors.hnsw.HnswIndex;
import dev.pagoda.vectors.hnsw.Neighbours;
import dev.pagoda.vectors.hnsw.NodeSet;
import dev.pagoda.vectors.hnsw.SearchResult;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Searches for the first queries of a set, each under a filter of its own or under none, by one thread.
final class FilterRun {
    private final HnswIndex index;
    private final float[][] queries;
    private final int ef;
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

    /// @param index of the rows of the set, which do not change
    FilterRun(HnswIndex index, float[][] queries, int ef) {
        this.index = index;
        this.queries = queries;
        this.ef = ef;
    }

    /// The best time of each query, in nanoseconds, by the clock and by the CPU time of the thread.
    record Latencies(long[] wall, long[] cpu) {
        private static Latencies none(int queries) {
            Latencies none = new Latencies(new long[queries], new long[queries]);
            Arrays.fill(none.wall, Long.MAX_VALUE);
            Arrays.fill(none.cpu, Long.MAX_VALUE);
            return none;
        }

        double wallMicros(double percentile) {
            return micros(wall, percentile);
        }

        double cpuMicros(double percentile) {
            return micros(cpu, percentile);
        }

        /// The least time that so many of a hundred queries do not exceed.
        private static double micros(long[] nanos, double percentile) {
            long[] sorted = Arrays.stream(nanos).sorted().toArray();
            return sorted[(int) Math.ceil(percentile / 100 * sorted.length) - 1] / 1e3;
        }
    }

    /// @param results    by query
    /// @param unfiltered latencies of the same queries under no filter
    record Outcome(SearchResult[] results, Latencies latencies, Latencies unfiltered) {}

    /// Answers compared with exact ones.
    ///
    /// @param tooShort answers that have fewer rows than there are, or than were asked for
    record Verdict(long hits, long wanted, long tooShort) {
        /// NaN if no filter accepted anything.
        double recall() {
            return wanted == 0 ? Double.NaN : (double) hits / wanted;
        }

        private Verdict plus(Verdict other) {
            return new Verdict(hits + other.hits, wanted + other.wanted, tooShort + other.tooShort);
        }
    }

    /// Searches under one filter and query after the other, and as often under none.
    ///
    /// @param nanos of CPU time
    void warmUp(NodeSet[][] sets, long nanos) {
        long end = threads.getCurrentThreadCpuTime() + nanos;
        for (int i = 0; threads.getCurrentThreadCpuTime() < end; i++) {
            NodeSet[] some = sets[i % sets.length];
            int query = i / sets.length % some.length;
            search(query, some[query], false);
            search(query, null, false);
        }
    }

    /// No filter at all.
    Outcome unfiltered(int count, int passes) {
        Latencies latencies = Latencies.none(count);
        SearchResult[] results = new SearchResult[count];
        for (int pass = 0; pass < passes; pass++) {
            pass(null, latencies, results);
        }
        return new Outcome(results, latencies, latencies);
    }

    /// Passes with and without filters take turns, so that what else the machine does meets both.
    ///
    /// @param sets by query
    Outcome filtered(NodeSet[] sets, int passes) {
        Latencies unfiltered = Latencies.none(sets.length);
        Latencies latencies = Latencies.none(sets.length);
        SearchResult[] results = new SearchResult[sets.length];
        for (int pass = 0; pass < passes; pass++) {
            pass(null, unfiltered, results);
            pass(sets, latencies, results);
        }
        return new Outcome(results, latencies, unfiltered);
    }

    private void pass(NodeSet @Nullable [] sets, Latencies best, SearchResult[] results) {
        for (int query = 0; query < results.length; query++) {
            NodeSet set = sets == null ? null : sets[query];
            long cpu = threads.getCurrentThreadCpuTime();
            long wall = System.nanoTime();
            results[query] = search(query, set, false);
            wall = System.nanoTime() - wall;
            cpu = threads.getCurrentThreadCpuTime() - cpu;
            best.wall[query] = Math.min(best.wall[query], wall);
            best.cpu[query] = Math.min(best.cpu[query], cpu);
        }
    }

    private SearchResult search(int query, @Nullable NodeSet set, boolean exact) {
        return index.search(queries[query], ContenderLoop.LIMIT, ef, set, exact);
    }

    /// Right is a row that the filter accepts and that scores as high as the last one of the exact search.
    ///
    /// @param sets by query; null for none
    Verdict judged(SearchResult[] results, NodeSet @Nullable [] sets) {
        return IntStream.range(0, results.length)
                .parallel()
                .mapToObj(query -> judged(query, results[query].neighbours(), sets == null ? null : sets[query]))
                .reduce(new Verdict(0, 0, 0), Verdict::plus);
    }

    private Verdict judged(int query, Neighbours found, @Nullable NodeSet set) {
        Neighbours exact = search(query, set, true).neighbours();
        int wanted = exact.size();
        Set<Integer> right = new HashSet<>();
        for (int i = 0; i < found.size(); i++) {
            int node = found.nodes()[i];
            if (wanted > 0 && (set == null || set.test(node)) && found.scores()[i] >= exact.scores()[wanted - 1]) {
                right.add(node);
            }
        }
        return new Verdict(Math.min(wanted, right.size()), wanted, found.size() < wanted ? 1 : 0);
    }
}
