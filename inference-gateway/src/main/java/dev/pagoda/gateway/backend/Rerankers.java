package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.RerankerConfig;
import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.gateway.api.GatewayStatus.Outcome;
import dev.pagoda.gateway.backend.ChatSession.Ended;
import dev.pagoda.gateway.backend.Embeddings.Priced;
import dev.pagoda.gateway.backend.RequestService.GivenUp;
import dev.pagoda.gateway.model.RequestModel.Kind;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The cross-encoders of the settings, run by ONNX Runtime in this process on the threads of the embedding models.
/// Safe from any thread.
final class Rerankers {
    private static final Logger LOG = LoggerFactory.getLogger(Rerankers.class);

    private final List<RerankerConfig> configs;
    private final EmbeddingPool pool;
    private final LongSupplier clock;
    private final BiFunction<Ended, Call, Future<Long>> book;
    /// By bare name; replaced as a whole.
    private volatile Map<String, Served> served = Map.of();

    /// A model and what it did.
    private static final class Served {
        final RerankerConfig config;
        final CrossEncoder encoder;
        final long createdSeconds;
        final AtomicInteger underWay = new AtomicInteger();
        final LongAdder requests = new LongAdder();
        final LongAdder tokens = new LongAdder();

        Served(RerankerConfig config, CrossEncoder encoder, long createdSeconds) {
            this.config = config;
            this.encoder = encoder;
            this.createdSeconds = createdSeconds;
        }
    }

    /// @param book records what has ended, and answers with the price
    Rerankers(
            List<RerankerConfig> configs,
            EmbeddingPool pool,
            LongSupplier clock,
            BiFunction<Ended, Call, Future<Long>> book) {
        this.configs = configs;
        this.pool = pool;
        this.clock = clock;
        this.book = book;
    }

    /// Loads them all; blocks.
    ///
    /// @throws UnusableModel if one cannot be served, and none is then
    void open() {
        var opened = new LinkedHashMap<String, Served>();
        try {
            for (RerankerConfig config : configs) {
                long start = System.nanoTime();
                var encoder = new CrossEncoder(config);
                var entry = new Served(config, encoder, createdSeconds(encoder));
                opened.put(RerankerConfig.bare(config.name()), entry);
                LOG.info(
                        "loaded reranker {} of {} in {} ms",
                        config.name(),
                        encoder.files().weights(),
                        (System.nanoTime() - start) / 1_000_000);
            }
        } catch (UnusableModel broken) {
            opened.values().forEach(each -> each.encoder.close());
            throw broken;
        }
        served = Map.copyOf(opened);
    }

    private static long createdSeconds(CrossEncoder encoder) {
        try {
            return Files.getLastModifiedTime(encoder.files().weights()).to(TimeUnit.SECONDS);
        } catch (IOException gone) {
            return 0;
        }
    }

    /// Unloads them; nothing may be under way.
    void close() {
        Map<String, Served> all = served;
        served = Map.of();
        all.values().forEach(each -> each.encoder.close());
    }

    /// The refusal of a model that only ranks; empty for other models.
    Optional<Refused> misplaced(String model, String wanted) {
        return Optional.ofNullable(served.get(RerankerConfig.bare(model)))
                .map(known -> new Refused(
                        Reason.INVALID,
                        "model_not_supported",
                        "model " + known.config.name() + " makes " + Kind.RERANK.products() + ", not " + wanted));
    }

    /// Ranks by one of these models.
    ///
    /// @return empty when it is none
    Optional<Future<Priced>> rank(EmbedRequest request, Call call) {
        return Optional.ofNullable(served.get(RerankerConfig.bare(request.model())))
                .map(model -> rank(model, request, call));
    }

    private Future<Priced> rank(Served model, EmbedRequest request, Call call) {
        long arrived = clock.getAsLong();
        String question = request.inputs().getFirst();
        List<String> documents = request.inputs().subList(1, request.inputs().size());
        // neighbours are of one length, so that there is little padding; by characters, which are known
        int[] order = IntStream.range(0, documents.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> documents.get(i).length()))
                .mapToInt(i -> i)
                .toArray();
        Double[] scores = new Double[order.length];
        BiFunction<Integer, Outcome, Ended> ended = (tokens, outcome) -> new Ended(
                request.requestId(),
                "rerank",
                model.config.name(),
                model.config.name() + ":",
                tokens,
                0,
                outcome,
                -1,
                clock.getAsLong() - arrived,
                request.hints().tier());
        model.underWay.incrementAndGet();
        return pool.inPortions(order.length, request.left(), (from, to) -> {
                    if (call.isExpired()) {
                        throw new Refused(
                                Reason.DEADLINE, "deadline_exceeded", "not all documents were read by the deadline");
                    }
                    List<String> part = IntStream.range(from, to)
                            .mapToObj(i -> documents.get(order[i]))
                            .toList();
                    CrossEncoder.Scored scored = model.encoder.score(question, part);
                    for (int i = from; i < to; i++) {
                        scores[order[i]] = scored.scores()[i - from];
                    }
                    return scored.tokens();
                })
                .compose(
                        tokens -> book.apply(ended.apply(tokens, Outcome.COMPLETED), call)
                                .map(costNanos -> {
                                    model.requests.increment();
                                    model.tokens.add(tokens);
                                    return new Priced(
                                            EmbedReply.ranked(model.config.name(), List.of(scores), tokens), costNanos);
                                }),
                        failure -> failure instanceof GivenUp left
                                ? book.apply(ended.apply(left.readTokens(), Outcome.ABORTED), call)
                                        .compose(booked -> Future.failedFuture(left))
                                : Future.failedFuture(failure))
                .eventually(() -> {
                    model.underWay.decrementAndGet();
                    return Future.succeededFuture();
                });
    }

    int underWay() {
        return served.values().stream().mapToInt(one -> one.underWay.get()).sum();
    }

    /// In the order of the settings.
    List<ServedModel> models() {
        Map<String, Served> all = served;
        return configs.stream()
                .map(config -> all.get(RerankerConfig.bare(config.name())))
                .filter(Objects::nonNull)
                .map(each -> new ServedModel(
                        each.config.name(), "", each.createdSeconds, "local", each.config.tokens(), true))
                .toList();
    }

    List<DeploymentStatus> status() {
        return served.values().stream()
                .map(one -> DeploymentStatus.onnx(
                        one.config.name(), "", one.underWay.get(), one.requests.sum(), one.tokens.sum()))
                .toList();
    }
}
