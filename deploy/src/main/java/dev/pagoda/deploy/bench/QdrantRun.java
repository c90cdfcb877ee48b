package dev.pagoda.deploy.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// Loads a collection of its own over one wire, waits until it is indexed, searches it, and drops it.
final class QdrantRun {
    private static final long POLL_MILLIS = 100;
    /// A server may be green for a moment before it notices that there is something to index.
    private static final int GREENS = 5;

    private static final long LONGEST_INDEXING_NANOS = TimeUnit.MINUTES.toNanos(30);
    private static final long DROP_SECONDS = 30;

    /// How the server is loaded.
    ///
    /// @param batch   points of an upsert
    /// @param ef      breadth of the searches, the server's own where empty
    /// @param seconds of each kind of search
    record Settings(int connections, int batch, OptionalInt ef, int warmUpSeconds, int seconds) {}

    /// What loading was like.
    ///
    /// @param upserts        latencies of batches
    /// @param indexedNanos   from the first upsert until everything was indexed
    /// @param indexedVectors as the server tells it
    record Load(ClosedLoop.Outcome upserts, long indexedNanos, long indexedVectors) {}

    /// What searches were like.
    record Searches(ClosedLoop.Outcome asked, double recall) {}

    record Result(Load load, Map<ResultTag, Searches> searches) {}

    private final QdrantWire wire;
    private final QdrantData data;
    private final Settings settings;
    private final BenchProgress progress;
    private final String collection = "pagoda_bench_" + Long.toHexString(System.nanoTime());

    QdrantRun(QdrantWire wire, QdrantData data, Settings settings, BenchProgress progress) {
        this.wire = wire;
        this.data = data;
        this.settings = settings;
        this.progress = progress;
    }

    /// @throws QdrantFailed if the server refuses
    Result run() throws InterruptedException {
        Thread cleaner = new Thread(this::drop);
        Runtime.getRuntime().addShutdownHook(cleaner);
        try {
            get(wire.create(collection, data.dimensions(), data.distance()));
            Load load = load();
            Map<ResultTag, Searches> searches = new LinkedHashMap<>();
            for (ResultTag tag : QdrantData.TAGS) {
                searches.put(tag, search(tag));
            }
            return new Result(load, searches);
        } finally {
            drop();
            try {
                Runtime.getRuntime().removeShutdownHook(cleaner);
            } catch (IllegalStateException ending) {
                progress.say("stopped");
            }
        }
    }

    private void drop() {
        wire.drop(collection)
                .orTimeout(DROP_SECONDS, TimeUnit.SECONDS)
                .exceptionally(failure -> {
                    progress.say("collection " + collection + " is left behind: " + failure.getMessage());
                    return null;
                })
                .join();
    }

    private Load load() throws InterruptedException {
        int rows = data.base().length;
        long batches = (rows + settings.batch - 1L) / settings.batch;
        long begin = System.nanoTime();
        ClosedLoop.Outcome upserts;
        try (BenchProgress.Bar bar = progress.bar(wire.label() + " load", rows)) {
            upserts = get(ClosedLoop.run(
                    settings.connections,
                    index -> {
                        int from = (int) (index * settings.batch);
                        int to = Math.min(rows, from + settings.batch);
                        return wire.upsert(collection, data.base(), from, to).thenRun(() -> bar.stepBy(to - from));
                    },
                    index -> index < batches));
        }
        long indexed = 0;
        int greens = 0;
        try (BenchProgress.Bar bar = progress.bar(wire.label() + " index", rows)) {
            while (greens < GREENS) {
                QdrantWire.State state = get(wire.state(collection));
                long now = System.nanoTime();
                if (!state.isGreen() || state.points() < rows) {
                    greens = 0;
                } else if (greens++ == 0) {
                    indexed = now - begin;
                }
                bar.stepTo(state.indexed());
                if (now - begin > LONGEST_INDEXING_NANOS) {
                    throw new QdrantFailed("the collection is not green after 30 minutes");
                }
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            }
        }
        return new Load(upserts, indexed, get(wire.state(collection)).indexed());
    }

    private Searches search(ResultTag tag) throws InterruptedException {
        List<QdrantWire.Question> questions = new ArrayList<>();
        for (float[] query : data.queries()) {
            questions.add(wire.question(collection, query, tag, settings.ef));
        }
        int count = questions.size();
        until(
                settings.warmUpSeconds,
                0,
                index -> questions.get((int) (index % count)).ask());
        AtomicReferenceArray<int[]> found = new AtomicReferenceArray<>(count);
        ClosedLoop.Outcome asked;
        try (BenchProgress.Bar bar = progress.bar(wire.label() + " search " + tag.name(), settings.seconds)) {
            long begin = System.nanoTime();
            AtomicLong shown = new AtomicLong();
            asked = until(
                    settings.seconds,
                    count,
                    index -> questions.get((int) (index % count)).ask().thenAccept(ids -> {
                        found.compareAndSet((int) (index % count), null, ids);
                        long second = (System.nanoTime() - begin) / 1_000_000_000L;
                        if (shown.getAndSet(second) < second) {
                            bar.stepTo(second);
                        }
                    }));
        }
        int[][] ids = new int[count][];
        for (int i = 0; i < count; i++) {
            ids[i] = found.get(i);
        }
        return new Searches(asked, data.recall(tag, ids));
    }

    /// @param least calls to be made even when the time is over
    private ClosedLoop.Outcome until(int seconds, long least, ClosedLoop.Step step) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        return get(ClosedLoop.run(settings.connections, step, index -> index < least || System.nanoTime() < end));
    }

    /// @throws QdrantFailed if the server refused
    private static <T> T get(CompletableFuture<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (java.util.concurrent.ExecutionException failed) {
            throw failure(failed);
        }
    }

    static RuntimeException failure(Throwable thrown) {
        Throwable cause = thrown;
        while ((cause instanceof java.util.concurrent.ExecutionException || cause instanceof CompletionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof QdrantFailed refused ? refused : new QdrantFailed(String.valueOf(cause));
    }
}
