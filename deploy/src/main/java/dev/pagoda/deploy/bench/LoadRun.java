package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.bench.SearchLoop.Phase;
import dev.pagoda.deploy.bench.SearchLoop.Writes;
import dev.pagoda.vectors.hnsw.HnswIndex;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/// Fills an index with the first rows of a set and then replaces some, by one thread, while another one searches.
final class LoadRun {
    static final int PARTS = 10;

    /// Answers kept of each tenth of the load.
    private static final int SAMPLES = 200;

    private static final int SAMPLES_OF_TIME = 2_000;

    /// A put of so many is followed by a search for what was put.
    private static final int READ_EVERY = 50;

    /// The share of the rows that is out of the index while points are replaced.
    private static final int ABSENT = 100;

    /// The share of the rows that is replaced before replacements are measured.
    private static final int WORN = 20;

    private final HnswIndex index;
    private final Roster roster;
    private final LiveData data;
    private final Judge judge;
    private final SearchLoop searches;
    private final int rows;
    private final int ef;
    private final BitSet live = new BitSet();
    private final Deque<Integer> absent = new ArrayDeque<>();

    /// Searches of the writer for what it has put.
    private int asked;

    private int found;

    /// @param index empty
    LoadRun(HnswIndex index, LiveData data, int rows, int ef) {
        this.index = index;
        this.data = data;
        this.rows = rows;
        this.ef = ef;
        this.judge = new Judge(data);
        this.roster = new Roster(index, data.base());
        this.searches = new SearchLoop(index, roster, data.queries(), ef);
    }

    /// Searches of a writer for what it had put just before, and how many found it.
    record ReadBack(int asked, int found) {}

    record Load(Phase searches, long nanos, ReadBack readBack) {}

    /// Puts all rows as fast as it can.
    Load load() throws InterruptedException {
        startReadingBack();
        Writes writes = new Writes();
        long begin = System.nanoTime();
        FutureTask<Long> writer = start(() -> {
            for (int row = 0; row < rows; row++) {
                writes.begun().set(row + 1);
                roster.put(row);
                writes.done().set(row + 1);
                if (row % READ_EVERY == READ_EVERY - 1) {
                    readBack(row);
                }
            }
            return System.nanoTime() - begin;
        });
        while (writes.done().get() == 0 && !writer.isDone()) {
            Thread.onSpinWait();
        }
        Phase phase = searches.run(rows, PARTS, SAMPLES, () -> writes.done().get(), writer::isDone, writes);
        long nanos = ended(writer);
        live.set(0, rows);
        return new Load(phase, nanos, new ReadBack(asked, found));
    }

    /// Only searches.
    Phase rest(long nanos) {
        long begin = System.nanoTime();
        return searches.run(nanos, 1, SAMPLES_OF_TIME, () -> System.nanoTime() - begin, () -> false, new Writes());
    }

    /// Takes out the rows that the first replacements put, finishes the repair, and replaces until a share of
    /// [#WORN] is on its way out, so that the replacements to be measured meet an index in use, and a repair.
    void wear(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int wanted = Math.max(1, rows / ABSENT); absent.size() < wanted; ) {
            int row = random.nextInt(rows);
            if (live.get(row)) {
                live.clear(row);
                roster.remove(row);
                absent.add(row);
            }
        }
        index.repair();
        int[] present = live.stream().toArray();
        for (int i = 0; i < rows / WORN; i++) {
            int chosen = random.nextInt(present.length);
            int put = absent.remove();
            int removed = present[chosen];
            roster.put(put);
            roster.remove(removed);
            present[chosen] = put;
            absent.add(removed);
            live.set(put);
            live.clear(removed);
        }
    }

    /// Removed points that are not out of the graph yet.
    int leaving() {
        return index.leaving();
    }

    /// Points replaced, each by a put and then a removal.
    ///
    /// @param nanos     that it took
    /// @param latencies of writes in nanoseconds from when they were due
    /// @param leaving   points not out of the graph yet at the start
    /// @param before    rows there at the start
    /// @param put       by write
    /// @param removed   by write
    record Replacements(
            Phase searches,
            int count,
            long nanos,
            Histogram latencies,
            ReadBack readBack,
            int leaving,
            BitSet before,
            int[] put,
            int[] removed) {}

    /// Replaces points, paced by a clock; what falls behind is caught up with.
    Replacements replace(int perSecond, long nanos, long seed) throws InterruptedException {
        startReadingBack();
        int most = (int) Math.ceil(perSecond * (nanos / 1e9));
        int[] put = new int[most];
        int[] removed = new int[most];
        int[] present = live.stream().toArray();
        BitSet before = (BitSet) live.clone();
        int leaving = index.leaving();
        SplittableRandom random = new SplittableRandom(seed);
        Histogram latencies = new Histogram(3);
        Writes writes = new Writes();
        long begin = System.nanoTime();
        FutureTask<Long> writer = start(() -> {
            for (int write = 0; write < most; write++) {
                long due = begin + (long) (write * 1e9 / perSecond);
                for (long early = due - System.nanoTime(); early > 0; early = due - System.nanoTime()) {
                    LockSupport.parkNanos(early);
                }
                if (System.nanoTime() - begin >= nanos) {
                    break;
                }
                int chosen = random.nextInt(present.length);
                put[write] = absent.remove();
                removed[write] = present[chosen];
                present[chosen] = put[write];
                absent.add(removed[write]);
                writes.begun().set(write + 1);
                roster.put(put[write]);
                roster.remove(removed[write]);
                writes.done().set(write + 1);
                latencies.recordValue(System.nanoTime() - due);
                if (write % READ_EVERY == READ_EVERY - 1) {
                    readBack(put[write]);
                }
            }
            return System.nanoTime() - begin;
        });
        Phase phase = searches.run(nanos, 1, SAMPLES_OF_TIME, () -> System.nanoTime() - begin, () -> false, writes);
        long taken = ended(writer);
        int count = writes.done().get();
        live.clear();
        Arrays.stream(present).forEach(live::set);
        return new Replacements(
                phase, count, taken, latencies, new ReadBack(asked, found), leaving, before, put, removed);
    }

    private interface Writing {
        long run();
    }

    private static FutureTask<Long> start(Writing writing) {
        FutureTask<Long> writer = new FutureTask<>(writing::run);
        Thread.ofPlatform().daemon().name("writer").start(writer);
        return writer;
    }

    private static long ended(FutureTask<Long> writer) throws InterruptedException {
        try {
            return writer.get();
        } catch (ExecutionException failed) {
            throw new IllegalStateException("the writer failed: " + failed.getCause(), failed.getCause());
        }
    }

    private void startReadingBack() {
        asked = 0;
        found = 0;
    }

    private void readBack(int row) {
        int[] answer = roster.rows(index.search(data.base()[row], ContenderLoop.LIMIT, ef, null, false)
                .neighbours());
        asked++;
        found += judge.isReadBack(row, answer) ? 1 : 0;
    }
}
