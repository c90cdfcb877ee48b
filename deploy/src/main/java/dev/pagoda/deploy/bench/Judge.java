package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.bench.SearchLoop.Sample;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// Compares answers given while an index changed with the exact neighbours of that moment.
///
/// Wanted are the nearest [ContenderLoop#LIMIT] of the rows that were surely there during the whole search and of those
/// that were found and may have been there. A found row is right if it may have been there and is as near as the last
/// of those wanted.
final class Judge {
    private final LiveData data;

    Judge(LiveData data) {
        this.data = data;
    }

    /// @param judged answers; those are left out for which the exact neighbours on file do not suffice
    /// @param ghosts rows found although their removal was acknowledged before
    record Verdict(int judged, long hits, long wanted, long ghosts) {
        static final Verdict NONE = new Verdict(0, 0, 0, 0);

        double recall() {
            return wanted == 0 ? Double.NaN : (double) hits / wanted;
        }

        Verdict plus(Verdict other) {
            return new Verdict(judged + other.judged, hits + other.hits, wanted + other.wanted, ghosts + other.ghosts);
        }
    }

    /// Judges answers given while rows 0, 1, 2 ... were put, by comparing with every row that was there.
    ///
    /// @return by part
    Verdict[] ofLoad(List<Sample> samples, int parts, int threads) throws InterruptedException {
        // threads get neighbouring answers, of which the later ones take longer
        List<Sample> dealt = IntStream.range(0, threads)
                .boxed()
                .flatMap(t -> IntStream.iterate(t, i -> i < samples.size(), i -> i + threads)
                        .mapToObj(samples::get))
                .toList();
        float[][] queries =
                dealt.stream().map(sample -> data.queries()[sample.query()]).toArray(float[][]::new);
        int[] ends = dealt.stream().mapToInt(Sample::done).toArray();
        int[][] exact =
                new GroundTruth(data.base(), queries, data.metric()).nearestBelow(ContenderLoop.LIMIT, ends, threads);
        Verdict[] verdicts = new Verdict[parts];
        Arrays.fill(verdicts, Verdict.NONE);
        for (int i = 0; i < exact.length; i++) {
            Sample sample = dealt.get(i);
            int done = sample.done();
            int[] newer =
                    Arrays.stream(sample.found()).filter(row -> row >= done).toArray();
            int[] wanted = merged(sample.query(), exact[i], newer);
            verdicts[sample.part()] = verdicts[sample.part()].plus(
                    compared(sample.query(), wanted, sample.found(), row -> row < sample.begun()));
        }
        return verdicts;
    }

    private int[] merged(int query, int[] some, int[] others) {
        return IntStream.concat(Arrays.stream(some), Arrays.stream(others))
                .boxed()
                .sorted((a, b) -> Double.compare(data.cost(query, a), data.cost(query, b)))
                .limit(ContenderLoop.LIMIT)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /// Judges answers given while rows came and went, by the exact neighbours on file.
    ///
    /// @param samples in order of time
    /// @param live    rows there at the start
    /// @param put     rows by write; each write puts one and then removes one
    /// @param removed rows by write
    Verdict ofReplacements(List<Sample> samples, BitSet live, int[] put, int[] removed) {
        BitSet now = (BitSet) live.clone();
        int applied = 0;
        Verdict verdict = Verdict.NONE;
        for (Sample sample : samples) {
            for (; applied < sample.done(); applied++) {
                now.set(put[applied]);
                now.clear(removed[applied]);
            }
            BitSet surely = (BitSet) now.clone();
            BitSet perhaps = (BitSet) now.clone();
            for (int write = applied; write < sample.begun(); write++) {
                surely.clear(removed[write]);
                perhaps.set(put[write]);
            }
            verdict = verdict.plus(ofLive(sample.query(), sample.found(), surely::get, perhaps::get));
        }
        return verdict;
    }

    /// Judges one answer by the exact neighbours on file.
    Verdict ofLive(int query, int[] found, IntPredicate surely, IntPredicate perhaps) {
        int[] wanted = Arrays.stream(data.truth()[query])
                .filter(row -> surely.test(row)
                        || (perhaps.test(row) && Arrays.stream(found).anyMatch(each -> each == row)))
                .limit(ContenderLoop.LIMIT)
                .toArray();
        return wanted.length < ContenderLoop.LIMIT ? Verdict.NONE : compared(query, wanted, found, perhaps);
    }

    private Verdict compared(int query, int[] wanted, int[] found, IntPredicate perhaps) {
        double last = wanted.length == 0 ? Double.NEGATIVE_INFINITY : data.cost(query, wanted[wanted.length - 1]);
        long hits = Arrays.stream(found)
                .distinct()
                .filter(row -> perhaps.test(row) && data.cost(query, row) <= last)
                .limit(wanted.length)
                .count();
        long ghosts = Arrays.stream(found).filter(row -> !perhaps.test(row)).count();
        return new Verdict(1, hits, wanted.length, ghosts);
    }

    /// Whether an answer to a row's own vector has the row, or is full of rows as near.
    boolean isReadBack(int row, int[] found) {
        if (Arrays.stream(found).anyMatch(each -> each == row)) {
            return true;
        }
        float[] own = data.base()[row];
        return found.length == ContenderLoop.LIMIT
                && GroundTruth.cost(data.metric(), own, data.base()[found[found.length - 1]])
                        <= GroundTruth.cost(data.metric(), own, own);
    }
}
