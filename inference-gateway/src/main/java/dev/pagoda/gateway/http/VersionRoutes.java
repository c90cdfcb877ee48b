package dev.pagoda.gateway.http;

import dev.pagoda.gateway.backend.VersionRouting;
import dev.pagoda.gateway.backend.VersionWeights;
import dev.pagoda.gateway.backend.VersionWeights.Share;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.PlatformJson;
import io.vertx.core.Future;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `GET`, `PUT` and `DELETE .../{model}/versions`, and `POST .../{model}/versions/rollback`: how the versions of a
/// model share its sessions. Changes are for administrators.
final class VersionRoutes {
    private final VersionRouting versions;

    VersionRoutes(VersionRouting versions) {
        this.versions = versions;
    }

    /// @param one path of a deployment
    void mount(Router surface, String one) {
        String path = one + "/versions";
        surface.get(path).handler(ctx -> answer(ctx, versions.find(ctx.pathParam("model"))));
        surface.put(path).handler(this::set);
        surface.delete(path).handler(this::remove);
        surface.post(path + "/rollback").handler(this::rollBack);
        surface.route(path).handler(ctx -> ctx.fail(405));
        surface.route(path + "/rollback").handler(ctx -> ctx.fail(405));
    }

    /// As it is told; `before` is what a rollback goes back to.
    private record Body(
            String model, List<Share> versions, @Nullable List<Share> before) {
        static Body of(String model, VersionWeights weights) {
            return new Body(model, weights.versions(), weights.before());
        }
    }

    private record Wanted(
            @Nullable Integer version, @Nullable Integer weight) {
        Share share() {
            if (version == null || weight == null) {
                throw invalid("each of 'versions' needs a 'version' and a 'weight'");
            }
            try {
                return new Share(version, weight);
            } catch (IllegalArgumentException wrong) {
                throw invalid(String.valueOf(wrong.getMessage()));
            }
        }
    }

    private record Weights(@Nullable List<@Nullable Wanted> versions) {}

    private void set(RoutingContext ctx) {
        DeploymentRoutes.requireAdmin(ctx);
        List<@Nullable Wanted> wanted = PlatformJson.read(ctx, Weights.class).versions();
        if (wanted == null || wanted.contains(null)) {
            throw invalid("field 'versions' is missing or has an empty element");
        }
        answer(
                ctx,
                versions.set(
                        ctx.pathParam("model"),
                        wanted.stream().map(Wanted::share).toList()));
    }

    private void rollBack(RoutingContext ctx) {
        DeploymentRoutes.requireAdmin(ctx);
        String model = ctx.pathParam("model");
        versions.rollBack(model)
                .onSuccess(now -> PlatformJson.end(
                        ctx, 200, now.map(weights -> Body.of(model, weights)).orElse(new Body(model, List.of(), null))))
                .onFailure(ctx::fail);
    }

    private void remove(RoutingContext ctx) {
        DeploymentRoutes.requireAdmin(ctx);
        versions.remove(ctx.pathParam("model"))
                .onSuccess(removed -> ctx.response().setStatusCode(204).end().onFailure(gone -> {}))
                .onFailure(ctx::fail);
    }

    private static void answer(RoutingContext ctx, Future<VersionWeights> weights) {
        weights.onSuccess(now -> PlatformJson.end(ctx, 200, Body.of(ctx.pathParam("model"), now)))
                .onFailure(ctx::fail);
    }

    private static Refused invalid(String message) {
        return new Refused(Reason.INVALID, "invalid_body", message);
    }
}
