package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.backend.VersionWeights.Share;
import dev.pagoda.gateway.policy.PolicyBook;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.store.Store;
import dev.pagoda.registry.api.ModelVersion;
import io.vertx.core.Future;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/// How the versions of models share the sessions of those who name none; durable. Safe from any thread.
public final class VersionRouting {
    private final PolicyBook<VersionWeights> book;
    private final DeploymentControl control;

    public VersionRouting(Store store, DeploymentControl control) {
        this.book = new PolicyBook<>(store, "versions", VersionWeights.class);
        this.control = control;
    }

    /// Brings what is set into force; the tables are there.
    public Future<Void> load() {
        return book.load();
    }

    /// The version that answers instead of the one that a client's bare name means.
    ///
    /// @return empty when the name was not bare, or nothing is set, or it is the same
    Optional<String> instead(ChatRequest request, ModelVersion meant) {
        VersionWeights weights = book.of(meant.model());
        String asked = request.model();
        if (weights == null || asked.indexOf('@') >= 0 || asked.indexOf(':') >= 0) {
            return Optional.empty();
        }
        int drawn = weights.draw(meant.model(), request.stickyKey());
        return drawn == meant.version() ? Optional.empty() : Optional.of(meant.model() + ":" + drawn);
    }

    /// All weights by model.
    public Map<String, VersionWeights> all() {
        return new TreeMap<>(book.all());
    }

    /// @return failed with `NOT_FOUND` when none are set
    public Future<VersionWeights> find(String model) {
        VersionWeights weights = book.of(name(model));
        return weights == null ? Future.failedFuture(unset(model)) : Future.succeededFuture(weights);
    }

    /// Sets the weights; what was set before can be taken back.
    ///
    /// @return failed with `NOT_FOUND` when a version with a weight is not served
    public Future<VersionWeights> set(String model, List<Share> versions) {
        String name = name(model);
        VersionWeights now = book.of(name);
        VersionWeights next;
        try {
            next = new VersionWeights(versions, now == null ? List.of() : now.versions());
        } catch (IllegalArgumentException wrong) {
            return Future.failedFuture(new Refused(Reason.INVALID, "invalid_body", String.valueOf(wrong.getMessage())));
        }
        Future<?> served = Future.succeededFuture();
        for (Share each : next.versions()) {
            if (each.weight() > 0) {
                served = served.compose(known -> control.find(name + ":" + each.version()));
            }
        }
        return served.compose(known -> book.put(name, next)).map(next);
    }

    /// Goes back to what was set before.
    ///
    /// @return what is in force now; empty when nothing is, so that the registry says which version a name means
    public Future<Optional<VersionWeights>> rollBack(String model) {
        String name = name(model);
        VersionWeights now = book.of(name);
        List<Share> before = now == null ? null : now.before();
        if (now == null || before == null) {
            return Future.failedFuture(
                    now == null
                            ? unset(model)
                            : new Refused(
                                    Reason.CONFLICT, "nothing_before", "the weights of " + name + " were taken back"));
        }
        if (before.isEmpty()) {
            return book.remove(name).map(Optional.empty());
        }
        var back = new VersionWeights(Objects.requireNonNull(before), null);
        return book.put(name, back).map(Optional.of(back));
    }

    /// @return failed with `NOT_FOUND` when none are set
    public Future<Void> remove(String model) {
        return book.remove(name(model))
                .compose(was -> was ? Future.succeededFuture() : Future.failedFuture(unset(model)));
    }

    private static String name(String model) {
        return model.toLowerCase(Locale.ROOT);
    }

    private static Refused unset(String model) {
        return new Refused(Reason.NOT_FOUND, "weights_not_found", "versions of " + model + " have no weights");
    }
}
