package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.api.GatewayStatus.Outcome;
import dev.pagoda.gateway.backend.ChatSession.Ended;
import dev.pagoda.gateway.backend.Embeddings.Priced;
import dev.pagoda.gateway.backend.RequestService.GivenUp;
import dev.pagoda.gateway.backend.RequestService.Served;
import dev.pagoda.gateway.model.RequestModel;
import dev.pagoda.gateway.model.RequestModel.Kind;
import dev.pagoda.gateway.model.RequestModels;
import dev.pagoda.gateway.model.RequestWork;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.registry.api.ModelVersion;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;

/// Texts embedded and ranked on simulated devices: they take the time that such a model takes there, and vectors come
/// of words that texts have in common. Safe from any thread.
final class SimulatedEmbeddings {
    private final RequestDeployments devices;
    private final EmbeddingPool pool;
    private final LongSupplier clock;
    private final BiFunction<Ended, Call, Future<Long>> book;

    /// What was read of a request's texts.
    ///
    /// @param work of the texts, or of the first with each of the others
    private record Reading(RequestWork.Texts work, int tokens, List<float[]> vectors) {}

    /// @param book records what has ended, and answers with the price
    SimulatedEmbeddings(
            RequestDeployments devices,
            EmbeddingPool pool,
            LongSupplier clock,
            BiFunction<Ended, Call, Future<Long>> book) {
        this.devices = devices;
        this.pool = pool;
        this.clock = clock;
        this.book = book;
    }

    /// By a model that is known by its name alone.
    ///
    /// @return empty when none is
    Optional<Future<Priced>> embedKnown(EmbedRequest request, Call call, ResponseHeaders headers) {
        Kind kind = request.ranks() ? Kind.RERANK : Kind.EMBEDDING;
        return RequestModels.find(request.model()).map(known -> {
            boolean suits = known.kind() == kind || (request.ranks() && known.kind() == Kind.EMBEDDING);
            if (!suits || !(known instanceof RequestModel.Encoder encoder)) {
                return Future.failedFuture(RequestDeployments.misplaced(request.model(), known, kind.products()));
            }
            boolean inPairs = known.kind() == Kind.RERANK;
            return answered(
                    request,
                    encoder,
                    known.name() + ":",
                    inPairs,
                    call,
                    headers,
                    work -> devices.serve(request.model(), known.kind(), work, call, request.left()));
        });
    }

    /// By a registered model.
    Future<Priced> embed(EmbedRequest request, ModelVersion version, Call call, ResponseHeaders headers) {
        RequestModel.Encoder encoder = RequestDeployments.model(version);
        return answered(
                request,
                encoder,
                version.reference(),
                false,
                call,
                headers,
                work -> devices.embed(version, work, call, request.left()));
    }

    private interface Devices {
        Future<Served> serve(RequestWork.Texts work);
    }

    private Future<Priced> answered(
            EmbedRequest request,
            RequestModel.Encoder encoder,
            String reference,
            boolean inPairs,
            Call call,
            ResponseHeaders headers,
            Devices on) {
        long arrived = clock.getAsLong();
        BiFunction<Integer, Outcome, Ended> ended = (tokens, outcome) -> new Ended(
                request.requestId(),
                request.ranks() ? "rerank" : "embeddings",
                request.model(),
                reference,
                tokens,
                0,
                outcome,
                -1,
                clock.getAsLong() - arrived,
                request.hints().tier());
        return pool.run(request.inputs().size(), () -> read(request.inputs(), encoder, inPairs))
                .compose(reading -> serve(on, request, reading)
                        .compose(
                                served -> {
                                    headers.put(RequestService.HEADER, served.header());
                                    return book.apply(ended.apply(reading.tokens(), Outcome.COMPLETED), call)
                                            .map(costNanos -> new Priced(
                                                    new EmbedReply(
                                                            request.model(), reading.vectors(), reading.tokens()),
                                                    costNanos));
                                },
                                failure -> {
                                    if (!(failure instanceof GivenUp left)) {
                                        return Future.failedFuture(failure);
                                    }
                                    int tokens = left.hadBegun() ? reading.tokens() : 0;
                                    return book.apply(ended.apply(tokens, Outcome.ABORTED), call)
                                            .compose(booked -> Future.failedFuture(GivenUp.after(tokens)));
                                }));
    }

    private static Future<Served> serve(Devices on, EmbedRequest request, Reading reading) {
        return request.left().succeeded() ? Future.failedFuture(new GivenUp(false)) : on.serve(reading.work());
    }

    private static Reading read(List<String> texts, RequestModel.Encoder encoder, boolean inPairs) {
        var vectors = new ArrayList<float[]>(texts.size());
        var counts = new ArrayList<Integer>(texts.size());
        for (String text : texts) {
            vectors.add(TextVector.of(text, encoder.shape().hidden()));
            counts.add(Math.clamp(Tokens.count(text), 1, encoder.shape().mostTokens()));
        }
        if (inPairs && counts.size() > 1) {
            int question = counts.removeFirst();
            counts.replaceAll(
                    document -> Math.min(question + document, encoder.shape().mostTokens()));
        }
        int tokens = counts.stream().mapToInt(each -> each).sum();
        return new Reading(new RequestWork.Texts(counts), tokens, vectors);
    }
}
