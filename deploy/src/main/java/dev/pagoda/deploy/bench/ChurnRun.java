package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.bench.Judge.Verdict;
import dev.pagoda.vectors.hnsw.HnswIndex;
import dev.pagoda.vectors.hnsw.Neighbours;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/// Fills an index with a set, then removes a random half and puts it again, round after round. Nothing else asks for
/// the repair than these writes.
final class ChurnRun {
    private final HnswIndex index;
    private final Roster roster;
    private final LiveData data;
    private final Judge judge;
    private final int ef;
    private final int threads;
    private final BitSet live = new BitSet();

    /// @param index   empty
    /// @param threads that put
    ChurnRun(HnswIndex index, LiveData data, int ef, int threads) {
        this.index = index;
        this.data = data;
        this.ef = ef;
        this.threads = threads;
        this.judge = new Judge(data);
        this.roster = new Roster(index, data.base());
    }

    /// What the index is like.
    ///
    /// @param numbers   numbers of nodes in use or not yet reusable are below this
    /// @param leaving   removed and not out of the graph yet
    /// @param latencies of one search for each query, in nanoseconds
    record State(
            int live, int numbers, int leaving, int unreachable, Verdict verdict, long bytes, Histogram latencies) {}

    /// @return nanoseconds
    long fill() throws InterruptedException {
        return put(IntStream.range(0, data.base().length).toArray());
    }

    /// @return the rows removed
    int[] removeHalf(SplittableRandom random) {
        int[] rows = live.stream().toArray();
        int half = rows.length / 2;
        for (int i = 0; i < half; i++) {
            int chosen = random.nextInt(i, rows.length);
            int row = rows[chosen];
            rows[chosen] = rows[i];
            rows[i] = row;
            roster.remove(row);
            live.clear(row);
        }
        return IntStream.range(0, half).map(i -> rows[i]).toArray();
    }

    /// @return nanoseconds
    long put(int[] rows) throws InterruptedException {
        long begin = System.nanoTime();
        AtomicInteger next = new AtomicInteger();
        List<FutureTask<Void>> writers = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            FutureTask<Void> writer = new FutureTask<>(
                    () -> {
                        for (int i = next.getAndIncrement(); i < rows.length; i = next.getAndIncrement()) {
                            roster.put(rows[i]);
                        }
                    },
                    null);
            Thread.ofPlatform().daemon().start(writer);
            writers.add(writer);
        }
        for (FutureTask<Void> writer : writers) {
            try {
                writer.get();
            } catch (ExecutionException failed) {
                throw new IllegalStateException("a writer failed: " + failed.getCause(), failed.getCause());
            }
        }
        for (int row : rows) {
            live.set(row);
        }
        return System.nanoTime() - begin;
    }

    /// Searches for every query, after a pass that does not count.
    State state() {
        Verdict verdict = Verdict.NONE;
        Histogram latencies = new Histogram(3);
        for (int query = 0; query < data.queries().length; query++) {
            search(query);
        }
        for (int query = 0; query < data.queries().length; query++) {
            long begin = System.nanoTime();
            Neighbours found = search(query);
            latencies.recordValue(System.nanoTime() - begin);
            verdict = verdict.plus(judge.ofLive(query, roster.rows(found), live::get, live::get));
        }
        return new State(
                index.size(), roster.end(), index.leaving(), index.unreachable(), verdict, index.bytes(), latencies);
    }

    private Neighbours search(int query) {
        return index.search(data.queries()[query], ContenderLoop.LIMIT, ef, null, false)
                .neighbours();
    }
}
