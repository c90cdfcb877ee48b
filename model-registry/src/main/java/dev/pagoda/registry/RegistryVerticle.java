package dev.pagoda.registry;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.store.Store;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.ModelsReply;
import dev.pagoda.registry.api.RegisterModel;
import dev.pagoda.registry.api.RegisteredModel;
import dev.pagoda.registry.api.Registry;
import dev.pagoda.registry.api.RegistryStatus;
import dev.pagoda.registry.api.ServeVersion;
import dev.pagoda.registry.api.ServingChanged;
import dev.pagoda.registry.api.ServingReply;
import dev.pagoda.registry.api.UnserveVersion;
import dev.pagoda.registry.model.Catalogue;
import dev.pagoda.registry.model.ModelChanges;
import dev.pagoda.registry.model.ModelTables;
import dev.pagoda.registry.model.SeedModels;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The owner of the catalogue: every port is answered on its event loop, and every change reaches memory there,
/// in the order in which the one writer of the store committed them.
final class RegistryVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(RegistryVerticle.class);

    /// Sees every model.
    private static final Principal ALL = Principal.PLATFORM;

    private final Bus bus;
    private final Store store;
    private final RegistryConfig config;
    private final RegistryMeters meters;
    private final InstantSource clock;
    private final Catalogue catalogue = new Catalogue();

    RegistryVerticle(Bus bus, Store store, RegistryConfig config, RegistryMeters meters, InstantSource clock) {
        this.bus = bus;
        this.store = store;
        this.config = config;
        this.meters = meters;
        this.clock = clock;
    }

    @Override
    public Future<?> start() {
        return vertx.executeBlocking(() -> {
                    store.migrate("registry");
                    return SeedModels.all(nowMicros());
                })
                .compose(seeds -> store.write(handle -> {
                    int planted = config.seedModels() ? SeedModels.plant(handle, seeds, nowMicros()) : 0;
                    LOG.info("registry: {} models laid down", planted);
                    return ModelTables.all(handle);
                }))
                .onSuccess(models -> {
                    models.forEach(catalogue::put);
                    meters.changed(status(ALL));
                    serve();
                });
    }

    private void serve() {
        bus.serve(
                Registry.MODELS,
                (query, call) -> Future.succeededFuture(new ModelsReply(catalogue.visibleTo(call.principal()))));
        bus.serve(Registry.MODEL, (query, call) -> {
            RegisteredModel model = catalogue.find(query.reference(), call.principal());
            return Future.succeededFuture(Catalogue.shownTo(call.principal(), model));
        });
        bus.serve(
                Registry.RESOLVE,
                (query, call) -> Future.succeededFuture(catalogue.resolve(query.reference(), call.principal())));
        bus.serve(
                Registry.SERVING,
                (query, call) -> Future.succeededFuture(new ServingReply(catalogue.serving(call.principal()))));
        bus.serve(Registry.STATUS, (query, call) -> Future.succeededFuture(status(call.principal())));
        bus.serve(Registry.REGISTER, this::register);
        bus.serve(
                Registry.REGISTER_VERSION,
                (query, call) ->
                        change(query.model(), call, model -> ModelChanges.addVersion(model, query, nowMicros())));
        bus.serve(
                Registry.SET_ALIAS,
                (query, call) -> change(
                        query.model(), call, model -> ModelChanges.setAlias(model, query.alias(), query.version())));
        bus.serve(
                Registry.SET_ACCESS,
                (query, call) -> change(query.model(), call, model -> ModelChanges.setAccess(model, query.access())));
        bus.serve(
                Registry.SET_TAGS,
                (query, call) -> changeVersion(
                                query.reference(),
                                call,
                                (model, version) -> ModelChanges.setTags(model, version, query.tags()))
                        .map(Changed::model));
        bus.serve(Registry.SERVE, this::serve);
        bus.serve(Registry.UNSERVE, this::unserve);
    }

    private Future<ModelVersion> serve(ServeVersion query, Call call) {
        return changeVersion(
                        query.reference(), call, (model, version) -> ModelChanges.serve(model, version, query.spec()))
                .map(Changed::version);
    }

    private Future<ModelVersion> unserve(UnserveVersion query, Call call) {
        return changeVersion(query.reference(), call, ModelChanges::unserve).map(Changed::version);
    }

    private Future<RegisteredModel> register(RegisterModel request, Call call) {
        RegisteredModel model = valid(() -> ModelChanges.register(request, call.tenant(), nowMicros()));
        return store.write(handle -> {
                    if (ModelTables.find(handle, model.name()).isPresent()) {
                        throw new Refused(
                                Reason.CONFLICT,
                                "model_name_taken",
                                "a model named " + model.name() + " exists; names are shared by all tenants");
                    }
                    if (ModelTables.count(handle) >= config.maxModels()) {
                        throw new Refused(
                                Reason.INSUFFICIENT_STORAGE,
                                "too_many_models",
                                "the registry holds " + config.maxModels() + " models, the most that it is set to");
                    }
                    ModelTables.insert(handle, model);
                    return model;
                })
                .onSuccess(stored -> adopt(null, stored, call));
    }

    private Future<Changed> changeVersion(
            String reference, Call call, BiFunction<RegisteredModel, Integer, RegisteredModel> change) {
        ModelVersion meant = catalogue.resolve(reference, call.principal());
        int number = meant.version();
        return change(meant.model(), call, model -> change.apply(model, number))
                .map(model -> new Changed(model, model.version(number).orElseThrow()));
    }

    /// Fails, or throws what the bus answers, when there is no such model for the caller or it is not the
    /// caller's.
    private Future<RegisteredModel> change(String reference, Call call, UnaryOperator<RegisteredModel> change) {
        RegisteredModel known = catalogue.find(reference, call.principal());
        ModelChanges.authorise(call.principal(), known);
        return store.write(handle -> {
                    RegisteredModel before = ModelTables.find(handle, known.name())
                            .orElseThrow(
                                    () -> new IllegalStateException("model " + known.name() + " is not in its table"));
                    RegisteredModel after = valid(() -> change.apply(before));
                    ModelTables.update(handle, before, after);
                    return new Replaced(before, after);
                })
                .onSuccess(replaced -> adopt(replaced.before(), replaced.after(), call))
                .map(Replaced::after);
    }

    private static RegisteredModel valid(Supplier<RegisteredModel> change) {
        try {
            return change.get();
        } catch (IllegalArgumentException wrong) {
            String message = wrong.getMessage();
            throw new Refused(Reason.INVALID, "invalid_model", message == null ? "the model is not valid" : message);
        }
    }

    /// Takes a durable change into memory and announces what it means for serving.
    private void adopt(@Nullable RegisteredModel before, RegisteredModel after, Call call) {
        catalogue.put(after);
        meters.changed(status(ALL));
        for (ModelVersion version : ModelChanges.servingChanges(before, after)) {
            bus.publish(Registry.SERVING_CHANGED, new ServingChanged(version), call);
        }
    }

    private RegistryStatus status(Principal principal) {
        List<RegisteredModel> visible = catalogue.visibleTo(principal);
        int versions =
                visible.stream().mapToInt(model -> model.versions().size()).sum();
        return new RegistryStatus(
                visible.size(), versions, catalogue.serving(principal).size());
    }

    private long nowMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }

    private record Replaced(RegisteredModel before, RegisteredModel after) {}

    private record Changed(RegisteredModel model, ModelVersion version) {}
}
