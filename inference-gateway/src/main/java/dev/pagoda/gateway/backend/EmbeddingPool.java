package dev.pagoda.gateway.backend;

import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The threads that run embedding models, and what waits for them.
///
/// Models load when they are first used. A batch goes through in small portions, the next one queued as one is done,
/// so that a large batch does not hold up small ones. What waits is bounded by its number of texts.
///
/// Safe from any thread; futures complete on the caller's context.
final class EmbeddingPool {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddingPool.class);
    private static final int PORTION = 8;
    private static final int RETRY_SECONDS = 1;
    private static final Duration IDLE = Duration.ofSeconds(30);

    private final Vertx vertx;
    private final int threads;
    private final int maxTexts;
    private final AtomicInteger texts = new AtomicInteger();
    private final ThreadPoolExecutor executor;
    /// Guarded by itself.
    private final Map<EmbeddingModel, OnnxEmbedder> embedders = new EnumMap<>(EmbeddingModel.class);

    /// A batch's vectors in order, and the tokens that were read.
    record Batch(List<float[]> vectors, int tokens) {}

    EmbeddingPool(Vertx vertx, int threads, int maxTexts) {
        this.vertx = vertx;
        this.threads = threads;
        this.maxTexts = maxTexts;
        var number = new AtomicInteger();
        // its queue is bounded by `maxTexts`: every task holds at least one text
        this.executor = new ThreadPoolExecutor(
                threads, threads, IDLE.toSeconds(), TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "embedding-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
    }

    /// Texts that wait or are under way.
    int waiting() {
        return texts.get();
    }

    /// Runs a task on these threads.
    ///
    /// @param weight how many texts it counts for, at least 1
    /// @return its result; failed with `EXHAUSTED` when too much waits
    <T> Future<T> run(int weight, Callable<T> task) {
        if (!reserve(weight)) {
            return Future.failedFuture(exhausted());
        }
        Context context = vertx.getOrCreateContext();
        Promise<T> promise = Promise.promise();
        Runnable work = () -> {
            try {
                T result = task.call();
                settle(context, weight, () -> promise.complete(result));
            } catch (Exception failure) {
                settle(context, weight, () -> promise.fail(failure));
            }
        };
        try {
            executor.execute(work);
        } catch (RejectedExecutionException closed) {
            settle(context, weight, () -> promise.fail(closing()));
        }
        return promise.future();
    }

    /// Embeds a batch.
    ///
    /// @return the vectors; failed with `EXHAUSTED` when too much waits
    Future<Batch> embed(EmbeddingModel model, List<String> batch) {
        if (!reserve(batch.size())) {
            return Future.failedFuture(exhausted());
        }
        Promise<Batch> promise = Promise.promise();
        new Portions(model, batch, vertx.getOrCreateContext(), promise).begin();
        return promise.future();
    }

    /// Embeds on the calling thread, which must be one of this pool's or a test's.
    List<float[]> embedHere(EmbeddingModel model, List<String> batch) {
        OnnxEmbedder embedder = embedder(model);
        List<float[]> vectors = new ArrayList<>(batch.size());
        for (String text : batch) {
            vectors.add(embedder.embed(text).vector());
        }
        return vectors;
    }

    /// Ends the threads and unloads the models, once nothing waits.
    Future<Void> close() {
        executor.shutdown();
        return vertx.executeBlocking(() -> {
            if (!executor.awaitTermination(5, TimeUnit.SECONDS)) {
                LOG.warn("embedding threads are still busy after 5 s and are left behind");
                return null;
            }
            synchronized (embedders) {
                embedders.values().forEach(OnnxEmbedder::close);
                embedders.clear();
            }
            return null;
        });
    }

    private OnnxEmbedder embedder(EmbeddingModel model) {
        synchronized (embedders) {
            return embedders.computeIfAbsent(model, wanted -> {
                long start = System.nanoTime();
                var loaded = new OnnxEmbedder(wanted);
                LOG.info("loaded {} in {} ms", wanted.id(), (System.nanoTime() - start) / 1_000_000);
                return loaded;
            });
        }
    }

    private boolean reserve(int weight) {
        int before = texts.getAndUpdate(
                waiting -> waiting + weight <= maxTexts || waiting == 0 ? waiting + weight : waiting);
        return before + weight <= maxTexts || before == 0;
    }

    private Refused exhausted() {
        return new Refused(new Refusal(
                Reason.EXHAUSTED,
                "embedding_queue_full",
                texts.get() + " texts wait to be embedded, at most " + maxTexts + " may",
                RETRY_SECONDS));
    }

    private static Refused closing() {
        return new Refused(Reason.UNAVAILABLE, "shutting_down", "the gateway is shutting down");
    }

    private void settle(Context context, int weight, Runnable completion) {
        texts.addAndGet(-weight);
        context.runOnContext(v -> completion.run());
    }

    /// A batch on its way through the pool.
    private final class Portions {
        private final EmbeddingModel model;
        private final List<String> batch;
        private final Context context;
        private final Promise<Batch> promise;
        private final float[][] vectors;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger tokens = new AtomicInteger();
        private final AtomicInteger lanes = new AtomicInteger();
        /// Written by any lane, read when all have ended.
        private volatile @Nullable Throwable failure;

        Portions(EmbeddingModel model, List<String> batch, Context context, Promise<Batch> promise) {
            this.model = model;
            this.batch = batch;
            this.context = context;
            this.promise = promise;
            this.vectors = new float[batch.size()][];
        }

        void begin() {
            int wanted = Math.min(threads, Math.ceilDiv(batch.size(), PORTION));
            lanes.set(wanted);
            for (int i = 0; i < wanted; i++) {
                advance();
            }
        }

        private void advance() {
            try {
                executor.execute(this::portion);
            } catch (RejectedExecutionException closed) {
                failure = closing();
                endLane();
            }
        }

        private void portion() {
            int from = next.getAndAdd(PORTION);
            if (failure != null || from >= batch.size()) {
                endLane();
                return;
            }
            try {
                OnnxEmbedder embedder = embedder(model);
                for (int i = from; i < Math.min(from + PORTION, batch.size()); i++) {
                    var embedded = embedder.embed(batch.get(i));
                    vectors[i] = embedded.vector();
                    tokens.addAndGet(embedded.tokens());
                }
            } catch (RuntimeException broken) {
                failure = broken;
            }
            advance();
        }

        private void endLane() {
            if (lanes.decrementAndGet() > 0) {
                return;
            }
            Throwable cause = failure;
            settle(context, batch.size(), () -> {
                if (cause == null) {
                    promise.complete(new Batch(List.of(vectors), tokens.get()));
                } else {
                    promise.fail(cause);
                }
            });
        }
    }
}
