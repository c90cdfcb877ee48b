package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.gateway.api.GatewayStatus.Outcome;
import dev.pagoda.gateway.backend.ChatSession.Ended;
import dev.pagoda.gateway.backend.RequestService.GivenUp;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.registry.api.ModelVersion;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;

/// The served embedding models, run by ONNX Runtime in this process. Safe from any thread.
final class Embeddings {
    private final EmbeddingPool pool;
    private final LongSupplier clock;
    private final BiFunction<Ended, Call, Future<Long>> book;
    private final Map<String, Served> served = new ConcurrentHashMap<>();

    /// A served version and what it did.
    private static final class Served {
        final ModelVersion version;
        final EmbeddingModel model;
        final AtomicInteger underWay = new AtomicInteger();
        final LongAdder requests = new LongAdder();
        final LongAdder tokens = new LongAdder();

        Served(ModelVersion version, EmbeddingModel model) {
            this.version = version;
            this.model = model;
        }
    }

    /// A batch's vectors with the price.
    record Priced(EmbedReply reply, long costNanos) {}

    /// @param book records what has ended, and answers with the price
    Embeddings(EmbeddingPool pool, LongSupplier clock, BiFunction<Ended, Call, Future<Long>> book) {
        this.pool = pool;
        this.clock = clock;
        this.book = book;
    }

    /// The model of ours that a registered version means.
    static Optional<EmbeddingModel> modelOf(ModelVersion version) {
        return EmbeddingModel.named(version.model()).or(() -> EmbeddingModel.named(version.huggingFaceId()));
    }

    void serve(ModelVersion version, EmbeddingModel model) {
        served.computeIfAbsent(version.reference(), reference -> new Served(version, model));
    }

    void retire(ModelVersion version) {
        served.remove(version.reference());
    }

    Future<Priced> embed(EmbedRequest request, ModelVersion version, Call call) {
        Served target = served.get(version.reference());
        if (target == null) {
            return Future.failedFuture(new Refused(
                    Reason.NOT_FOUND, "model_not_found", "model " + version.reference() + " is not served now"));
        }
        long arrived = clock.getAsLong();
        target.underWay.incrementAndGet();
        BiFunction<Integer, Outcome, Ended> ended = (tokens, outcome) -> new Ended(
                request.requestId(),
                "embeddings",
                version.model(),
                version.reference(),
                tokens,
                0,
                outcome,
                -1,
                clock.getAsLong() - arrived,
                request.hints().tier());
        return pool.embed(target.model, request.inputs(), request.left())
                .compose(
                        batch -> book.apply(ended.apply(batch.tokens(), Outcome.COMPLETED), call)
                                .map(costNanos -> {
                                    target.requests.increment();
                                    target.tokens.add(batch.tokens());
                                    return new Priced(
                                            new EmbedReply(version.model(), batch.vectors(), batch.tokens()),
                                            costNanos);
                                }),
                        failure -> failure instanceof GivenUp left
                                ? book.apply(ended.apply(left.readTokens(), Outcome.ABORTED), call)
                                        .compose(booked -> Future.failedFuture(left))
                                : Future.failedFuture(failure))
                .eventually(() -> {
                    target.underWay.decrementAndGet();
                    return Future.succeededFuture();
                });
    }

    int underWay() {
        return served.values().stream().mapToInt(one -> one.underWay.get()).sum();
    }

    List<DeploymentStatus> status() {
        return new TreeMap<>(served)
                .values().stream()
                        .map(one -> DeploymentStatus.onnx(
                                one.version.model(),
                                Integer.toString(one.version.version()),
                                one.underWay.get(),
                                one.requests.sum(),
                                one.tokens.sum()))
                        .toList();
    }
}
