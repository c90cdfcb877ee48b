package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.backend.Embeddings.Priced;
import dev.pagoda.gateway.model.RequestModel;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.registry.api.Backend;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.Registry;
import dev.pagoda.registry.api.ResolveModel;
import dev.pagoda.registry.api.ServingSpec;
import dev.pagoda.registry.api.Task;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/// Finds who embeds or ranks: a reranker of the settings, a registered model in this process or on simulated devices,
/// or one that is known by its name alone. Safe from any thread.
final class EmbeddingDispatch {
    private final Bus bus;
    private final Rerankers rerankers;
    private final Embeddings embeddings;
    private final SimulatedEmbeddings simulated;
    private final LongAdder refused = new LongAdder();

    EmbeddingDispatch(Bus bus, Rerankers rerankers, Embeddings embeddings, SimulatedEmbeddings simulated) {
        this.bus = bus;
        this.rerankers = rerankers;
        this.embeddings = embeddings;
        this.simulated = simulated;
    }

    /// @param closing refuses everything; empty where requests are taken
    Future<Priced> embed(EmbedRequest request, Call call, ResponseHeaders headers, Optional<Refused> closing) {
        return closing.map(Future::<Priced>failedFuture)
                .orElseGet(() -> embed(request, call, headers))
                .onFailure(failure -> {
                    if (!(failure instanceof RequestService.GivenUp)) {
                        refused.increment();
                    }
                });
    }

    /// Requests that failed, but for those that nobody waited for.
    long refused() {
        return refused.sum();
    }

    private Future<Priced> embed(EmbedRequest request, Call call, ResponseHeaders headers) {
        Optional<Future<Priced>> ranked = request.ranks() ? rerankers.rank(request, call) : Optional.empty();
        return ranked.orElseGet(() -> bus.ask(Registry.RESOLVE, new ResolveModel(request.model()), call)
                .compose(
                        version -> embedBy(version, request, call, headers),
                        unknown -> embedUnregistered(unknown, request, call, headers)));
    }

    private Future<Priced> embedUnregistered(
            Throwable unknown, EmbedRequest request, Call call, ResponseHeaders headers) {
        if (ChatSession.refusalOf(unknown).reason() != Reason.NOT_FOUND) {
            return Future.failedFuture(unknown);
        }
        return rerankers
                .misplaced(request.model(), RequestModel.Kind.EMBEDDING.products())
                .map(Future::<Priced>failedFuture)
                .or(() -> simulated.embedKnown(request, call, headers))
                .orElseGet(() -> Future.failedFuture(unknown));
    }

    private Future<Priced> embedBy(ModelVersion version, EmbedRequest request, Call call, ResponseHeaders headers) {
        if (version.task() != Task.EMBEDDING) {
            return Future.failedFuture(new Refused(
                    Reason.INVALID,
                    "model_not_supported",
                    "model " + version.model() + " makes chats, not embeddings"));
        }
        ServingSpec serving = version.serving();
        return serving != null && serving.backend() == Backend.SIMULATED
                ? simulated.embed(request, version, call, headers)
                : embeddings.embed(request, version, call);
    }
}
