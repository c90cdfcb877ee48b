package dev.pagoda.gateway.http;

import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.gateway.backend.DeploymentControl;
import dev.pagoda.gateway.backend.DeploymentControl.Deployed;
import dev.pagoda.gateway.backend.FaultPlan;
import dev.pagoda.gateway.backend.RequestFault;
import dev.pagoda.gateway.backend.VersionRouting;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.PlatformErrors;
import dev.pagoda.governance.http.PlatformJson;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// `GET /platform/deployments[/{model}]`, `PUT` and `DELETE .../faults`, and for its replicas `POST
/// .../replicas/{replica}/crash|drain|sleep|wake` and `PUT .../replicas/{replica}/fault`, and those of [VersionRoutes];
/// their OpenAPI document is at
/// `GET /platform/deployments/openapi.json`. Changes are for administrators.
public final class DeploymentRoutes {
    private static final Duration WAIT = Duration.ofSeconds(5);
    private static final long MAX_BODY_BYTES = 16_384;

    private static final String ALL = "/platform/deployments";
    private static final String ONE = ALL + "/:model";
    private static final String REPLICA = ONE + "/replicas/:replica";
    private static final String OPENAPI = ALL + "/openapi.json";

    private final HttpFloor http;
    private final DeploymentControl control;
    private final VersionRoutes versions;

    public DeploymentRoutes(HttpFloor http, DeploymentControl control, VersionRouting versions) {
        this.versions = new VersionRoutes(versions);
        this.http = http;
        this.control = control;
    }

    public void mount(Router root) {
        Router surface = http.surface(PlatformErrors.FORM, MAX_BODY_BYTES, WAIT);
        surface.get(OPENAPI).handler(DeploymentRoutes::openApi);
        surface.get(ALL).handler(this::list);
        surface.get(ONE).handler(ctx -> answer(ctx, control.find(ctx.pathParam("model"))));
        surface.put(ONE + "/faults").handler(this::befall);
        surface.delete(ONE + "/faults").handler(this::heal);
        surface.post(REPLICA + "/crash").handler(ctx -> change(ctx, control::crash));
        surface.post(REPLICA + "/drain").handler(ctx -> change(ctx, control::drain));
        surface.post(REPLICA + "/sleep").handler(this::sleep);
        surface.post(REPLICA + "/wake").handler(ctx -> change(ctx, control::wake));
        surface.put(REPLICA + "/fault").handler(this::fault);
        versions.mount(surface, ONE);
        for (String path : List.of(
                OPENAPI,
                ALL,
                ONE,
                ONE + "/faults",
                REPLICA + "/crash",
                REPLICA + "/drain",
                REPLICA + "/sleep",
                REPLICA + "/wake",
                REPLICA + "/fault")) {
            surface.route(path).handler(ctx -> ctx.fail(405));
        }
        HttpFloor.mount(root, surface, ALL);
    }

    private record Listed(List<DeploymentStatus> deployments) {}

    private void list(RoutingContext ctx) {
        control.status()
                .onSuccess(status -> PlatformJson.end(ctx, 200, new Listed(status.deployments())))
                .onFailure(ctx::fail);
    }

    private void change(RoutingContext ctx, BiFunction<String, String, Future<Deployed>> call) {
        requireAdmin(ctx);
        answer(ctx, call.apply(ctx.pathParam("model"), ctx.pathParam("replica")));
    }

    /// The body of `sleep`, which may be left out.
    private record Sleep(@Nullable Integer level) {}

    private void sleep(RoutingContext ctx) {
        int level =
                ctx.body().length() <= 0 ? 1 : Objects.requireNonNullElse(PlatformJson.read(ctx, Sleep.class).level, 1);
        change(ctx, (model, replica) -> control.sleep(model, replica, level));
    }

    private record Fault(@Nullable String kind) {}

    private void fault(RoutingContext ctx) {
        String kind = needed("kind", PlatformJson.read(ctx, Fault.class).kind);
        change(ctx, (model, replica) -> control.fault(model, replica, kind));
    }

    /// @param status of an error: 429, 500, 503 or 504
    private record Rule(
            @Nullable String kind,
            @Nullable Double share,
            @Nullable Long delayMillis,
            @Nullable Integer status,
            @Nullable Integer afterTokens) {
        FaultPlan.Rule rule() {
            RequestFault.Kind known;
            try {
                known = RequestFault.Kind.valueOf(needed("rules.kind", kind).toUpperCase(Locale.ROOT));
            } catch (IllegalArgumentException unknown) {
                throw new Refused(
                        Reason.INVALID, "invalid_body", "kind '" + kind + "' is none of error, delay, cut, kill");
            }
            try {
                return new FaultPlan.Rule(
                        known,
                        Objects.requireNonNullElse(share, 1.0),
                        Objects.requireNonNullElse(delayMillis, 0L),
                        Objects.requireNonNullElse(status, 503),
                        Objects.requireNonNullElse(afterTokens, 0));
            } catch (IllegalArgumentException wrong) {
                throw new Refused(Reason.INVALID, "invalid_body", String.valueOf(wrong.getMessage()));
            }
        }
    }

    private record Faults(
            @Nullable List<@Nullable Rule> rules,
            @Nullable Long seed,
            @Nullable Integer forSeconds) {}

    private void befall(RoutingContext ctx) {
        requireAdmin(ctx);
        Faults faults = PlatformJson.read(ctx, Faults.class);
        List<FaultPlan.Rule> rules = needed("rules", faults.rules).stream()
                .map(rule -> needed("rules", rule).rule())
                .toList();
        answer(
                ctx,
                control.faults(
                        ctx.pathParam("model"),
                        rules,
                        Objects.requireNonNullElse(faults.seed, 0L),
                        Objects.requireNonNullElse(faults.forSeconds, 0)));
    }

    private void heal(RoutingContext ctx) {
        requireAdmin(ctx);
        answer(ctx, control.faults(ctx.pathParam("model"), List.of(), 0, 0));
    }

    static void requireAdmin(RoutingContext ctx) {
        if (!HttpFloor.call(ctx).principal().isAdmin()) {
            throw new Refused(Reason.FORBIDDEN, "admin_only", "only an administrator may do this to a deployment");
        }
    }

    private static void answer(RoutingContext ctx, Future<Deployed> deployed) {
        deployed.onSuccess(body -> PlatformJson.end(ctx, 200, body)).onFailure(ctx::fail);
    }

    private static <T> T needed(String field, @Nullable T value) {
        if (value == null) {
            throw new Refused(Reason.INVALID, "invalid_body", "field '" + field + "' is missing");
        }
        return value;
    }

    private static void openApi(RoutingContext ctx) {
        try (InputStream document = DeploymentRoutes.class.getResourceAsStream("/openapi/deployments.json")) {
            if (document == null) {
                throw new IllegalStateException("the OpenAPI document is missing");
            }
            ctx.response().putHeader("Content-Type", "application/json").end(Buffer.buffer(document.readAllBytes()));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
