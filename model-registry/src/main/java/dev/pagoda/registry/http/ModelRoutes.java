package dev.pagoda.registry.http;

import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Port;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.PlatformErrors;
import dev.pagoda.governance.http.PlatformJson;
import dev.pagoda.registry.api.Backend;
import dev.pagoda.registry.api.FindModel;
import dev.pagoda.registry.api.ListModels;
import dev.pagoda.registry.api.ModelAccess;
import dev.pagoda.registry.api.ModelArchitecture;
import dev.pagoda.registry.api.RegisterModel;
import dev.pagoda.registry.api.RegisterVersion;
import dev.pagoda.registry.api.Registry;
import dev.pagoda.registry.api.ResolveModel;
import dev.pagoda.registry.api.ServeVersion;
import dev.pagoda.registry.api.ServingSpec;
import dev.pagoda.registry.api.SetAccess;
import dev.pagoda.registry.api.SetAlias;
import dev.pagoda.registry.api.SetTags;
import dev.pagoda.registry.api.Task;
import dev.pagoda.registry.api.UnserveVersion;
import dev.pagoda.registry.model.ModelChanges;
import io.vertx.core.Future;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The routes below `/platform/models`; `{model}` is a name or a Hugging Face id (its slash as `%2F`), where a
/// version is meant with `:version` or `@alias` behind it.
///
/// `GET`, `POST /platform/models`, `GET /platform/models/{model}`, `POST .../versions`, `PUT
/// .../aliases/{alias}`, `PUT .../tags`, `PUT .../access`, `POST .../serve`, `POST .../unserve`.
public final class ModelRoutes {
    private static final String MODELS = "/platform/models";
    private static final String MODEL = MODELS + "/:model";
    private static final Duration WAIT = Duration.ofSeconds(10);
    private static final long MAX_BODY_BYTES = 512 * 1_024;

    private final Bus bus;
    private final HttpFloor http;

    public ModelRoutes(Bus bus, HttpFloor http) {
        this.bus = bus;
        this.http = http;
    }

    public void mount(Router root) {
        Router surface = http.surface(PlatformErrors.FORM, MAX_BODY_BYTES, WAIT);
        surface.get(MODELS).handler(ctx -> ask(ctx, 200, Registry.MODELS, new ListModels()));
        surface.post(MODELS).handler(this::register);
        surface.get(MODEL).handler(ctx -> ask(ctx, 200, Registry.MODEL, new FindModel(model(ctx))));
        surface.post(MODEL + "/versions").handler(this::registerVersion);
        surface.put(MODEL + "/aliases/:alias").handler(this::setAlias);
        surface.put(MODEL + "/tags").handler(this::setTags);
        surface.put(MODEL + "/access").handler(this::setAccess);
        surface.post(MODEL + "/serve").handler(this::serve);
        surface.post(MODEL + "/unserve")
                .handler(ctx -> ask(ctx, 200, Registry.UNSERVE, new UnserveVersion(model(ctx))));
        for (String below : List.of("", "/versions", "/aliases/:alias", "/tags", "/access", "/serve", "/unserve")) {
            surface.route(MODEL + below).handler(ctx -> ctx.fail(405));
        }
        surface.route(MODELS).handler(ctx -> ctx.fail(405));
        HttpFloor.mount(root, surface, MODELS);
    }

    private void register(RoutingContext ctx) {
        NewModel body = PlatformJson.read(ctx, NewModel.class);
        var request = new RegisterModel(
                needed("name", body.name),
                Objects.requireNonNullElse(body.huggingFaceId, ""),
                needed("publisher", body.publisher),
                needed("task", body.task),
                body.access == null ? ModelAccess.OWNER_ONLY : body.access.access(),
                needed("architecture", body.architecture),
                Objects.requireNonNullElse(body.source, ""),
                strings(body.tags));
        ask(ctx, 201, Registry.REGISTER, request);
    }

    private void registerVersion(RoutingContext ctx) {
        NewVersion body = PlatformJson.read(ctx, NewVersion.class);
        var request = new RegisterVersion(
                model(ctx),
                needed("architecture", body.architecture),
                Objects.requireNonNullElse(body.source, ""),
                strings(body.tags));
        ask(ctx, 201, Registry.REGISTER_VERSION, request);
    }

    private void setAlias(RoutingContext ctx) {
        int version = needed("version", PlatformJson.read(ctx, Alias.class).version);
        ask(ctx, 200, Registry.SET_ALIAS, new SetAlias(model(ctx), ctx.pathParam("alias"), version));
    }

    private void setTags(RoutingContext ctx) {
        Map<String, @Nullable String> tags = needed("tags", PlatformJson.read(ctx, Tags.class).tags);
        ask(ctx, 200, Registry.SET_TAGS, new SetTags(model(ctx), strings(tags)));
    }

    private void setAccess(RoutingContext ctx) {
        ModelAccess access = PlatformJson.read(ctx, Access.class).access();
        ask(ctx, 200, Registry.SET_ACCESS, new SetAccess(model(ctx), access));
    }

    /// Fields that the body leaves out are as they are now, or plain when the version is not served yet.
    private void serve(RoutingContext ctx) {
        Serving body = ctx.body().length() <= 0
                ? new Serving(null, null, null, null, null, null, null, null, null)
                : PlatformJson.read(ctx, Serving.class);
        String reference = model(ctx);
        bus.ask(Registry.RESOLVE, new ResolveModel(reference), HttpFloor.call(ctx))
                .compose(version -> {
                    ServingSpec now = version.serving();
                    ServingSpec spec = body.over(now == null ? ModelChanges.plainServing(version.task()) : now);
                    return bus.ask(Registry.SERVE, new ServeVersion(version.reference(), spec), HttpFloor.call(ctx));
                })
                .onSuccess(version -> PlatformJson.end(ctx, 200, version))
                .onFailure(ctx::fail);
    }

    private <Q extends Record, R extends Record> void ask(RoutingContext ctx, int status, Port<Q, R> port, Q question) {
        Future<R> reply = bus.ask(port, question, HttpFloor.call(ctx));
        reply.onSuccess(body -> PlatformJson.end(ctx, status, body)).onFailure(ctx::fail);
    }

    private static String model(RoutingContext ctx) {
        return ctx.pathParam("model");
    }

    private static <T> T needed(String field, @Nullable T value) {
        if (value == null) {
            throw new Refused(Reason.INVALID, "invalid_body", "field '" + field + "' is missing");
        }
        return value;
    }

    private static <T> T valid(Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException wrong) {
            throw new Refused(Reason.INVALID, "invalid_body", String.valueOf(wrong.getMessage()));
        }
    }

    private static Map<String, String> strings(@Nullable Map<String, @Nullable String> tags) {
        if (tags == null) {
            return Map.of();
        }
        for (Map.Entry<String, @Nullable String> tag : tags.entrySet()) {
            needed("tags." + tag.getKey(), tag.getValue());
        }
        return Map.copyOf(tags);
    }

    private static List<String> list(@Nullable List<@Nullable String> names) {
        if (names == null) {
            return List.of();
        }
        names.forEach(name -> needed("an element of a list", name));
        return List.copyOf(names);
    }

    private record NewModel(
            @Nullable String name,
            @Nullable String huggingFaceId,
            @Nullable String publisher,
            @Nullable Task task,
            @Nullable Access access,
            @Nullable ModelArchitecture architecture,
            @Nullable String source,
            @Nullable Map<String, @Nullable String> tags) {}

    private record NewVersion(
            @Nullable ModelArchitecture architecture,
            @Nullable String source,
            @Nullable Map<String, @Nullable String> tags) {}

    private record Alias(@Nullable Integer version) {}

    private record Tags(@Nullable Map<String, @Nullable String> tags) {}

    private record Access(
            @Nullable Boolean everyone, @Nullable List<@Nullable String> tenants) {
        ModelAccess access() {
            return valid(() -> new ModelAccess(needed("everyone", everyone), list(tenants)));
        }
    }

    private record Serving(
            @Nullable Backend backend,
            @Nullable Integer minReplicas,
            @Nullable Integer maxReplicas,
            @Nullable Integer devicesPerReplica,
            @Nullable List<@Nullable String> accelerators,
            @Nullable Integer targetConcurrency,
            @Nullable String routing,
            @Nullable String autoscaler,
            @Nullable Integer prefillReplicas) {
        ServingSpec over(ServingSpec base) {
            return valid(() -> new ServingSpec(
                    Objects.requireNonNullElse(backend, base.backend()),
                    Objects.requireNonNullElse(minReplicas, base.minReplicas()),
                    Objects.requireNonNullElse(maxReplicas, base.maxReplicas()),
                    Objects.requireNonNullElse(devicesPerReplica, base.devicesPerReplica()),
                    accelerators == null ? base.accelerators() : list(accelerators),
                    Objects.requireNonNullElse(targetConcurrency, base.targetConcurrency()),
                    Objects.requireNonNullElse(routing, base.routing()),
                    Objects.requireNonNullElse(autoscaler, base.autoscaler()),
                    Objects.requireNonNullElse(prefillReplicas, base.prefillReplicas())));
        }
    }
}
