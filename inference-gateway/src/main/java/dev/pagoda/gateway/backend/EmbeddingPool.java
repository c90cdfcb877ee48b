package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.backend.RequestService.GivenUp;
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

/// The threads that run embedding models and rerankers, and what waits for them.
///
/// Models load when they are first used. A batch goes through in small portions, the next one queued as one is done,
/// so that a large batch does not hold up small ones, and ends early when nobody waits for it any more. What waits is
/// bounded by its number of texts.
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

    /// What is done with a part of a batch, by several threads with several parts at once.
    @FunctionalInterface
    interface Portion {
        /// @param from index of the part's first text
        /// @param to   index behind its last
        /// @return tokens that were read
        int read(int from, int to);
    }

    /// Embeds a batch.
    ///
    /// @param left succeeds when nobody waits any more
    /// @return the vectors; failed as by [#inPortions]
    Future<Batch> embed(EmbeddingModel model, List<String> batch, Future<Void> left) {
        var vectors = new float[batch.size()][];
        return inPortions(batch.size(), left, (from, to) -> {
                    OnnxEmbedder embedder = embedder(model);
                    int tokens = 0;
                    for (int i = from; i < to; i++) {
                        var embedded = embedder.embed(batch.get(i));
                        vectors[i] = embedded.vector();
                        tokens += embedded.tokens();
                    }
                    return tokens;
                })
                .map(tokens -> new Batch(List.of(vectors), tokens));
    }

    /// Goes through a batch in small parts.
    ///
    /// @param size of the batch in texts
    /// @param left succeeds when nobody waits any more
    /// @return the tokens that were read; failed with `EXHAUSTED` when too much waits, and with [GivenUp] when
    ///     nobody waited before all was done
    Future<Integer> inPortions(int size, Future<Void> left, Portion work) {
        if (!reserve(size)) {
            return Future.failedFuture(exhausted());
        }
        Promise<Integer> promise = Promise.promise();
        new Portions(size, left, work, vertx.getOrCreateContext(), promise).begin();
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
    ///
    /// @return whether they have ended
    Future<Boolean> close() {
        executor.shutdown();
        return vertx.executeBlocking(() -> {
            if (!executor.awaitTermination(5, TimeUnit.SECONDS)) {
                LOG.warn("embedding threads are still busy after 5 s and are left behind");
                return false;
            }
            synchronized (embedders) {
                embedders.values().forEach(OnnxEmbedder::close);
                embedders.clear();
            }
            return true;
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
        private final int size;
        private final Future<Void> left;
        private final Portion work;
        private final Context context;
        private final Promise<Integer> promise;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger tokens = new AtomicInteger();
        private final AtomicInteger lanes = new AtomicInteger();
        /// Written by any lane, read when all have ended.
        private volatile @Nullable Throwable failure;

        private volatile boolean isGivenUp;

        Portions(int size, Future<Void> left, Portion work, Context context, Promise<Integer> promise) {
            this.size = size;
            this.left = left;
            this.work = work;
            this.context = context;
            this.promise = promise;
        }

        void begin() {
            int wanted = Math.min(threads, Math.ceilDiv(size, PORTION));
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
            if (failure != null || from >= size) {
                endLane();
                return;
            }
            if (left.succeeded()) {
                isGivenUp = true;
                endLane();
                return;
            }
            try {
                tokens.addAndGet(work.read(from, Math.min(from + PORTION, size)));
            } catch (RuntimeException broken) {
                failure = broken;
            }
            advance();
        }

        private void endLane() {
            if (lanes.decrementAndGet() > 0) {
                return;
            }
            Throwable cause = failure == null && isGivenUp ? GivenUp.after(tokens.get()) : failure;
            settle(context, size, () -> {
                if (cause == null) {
                    promise.complete(tokens.get());
                } else {
                    promise.fail(cause);
                }
            });
        }
    }
}
