package dev.pagoda.gateway.upstream;

import dev.pagoda.gateway.protocol.PlatformDocument;
import dev.pagoda.gateway.upstream.Upstreams.Status;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.PlatformErrors;
import dev.pagoda.governance.http.PlatformJson;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;

/// The servers of others, for administrators: `GET /platform/upstreams`, `GET`, `PUT`, `DELETE
/// /platform/upstreams/{name}`.
public final class UpstreamRoutes {
    private static final String ALL = "/platform/upstreams";
    private static final String ONE = ALL + "/:name";
    private static final long MAX_BODY_BYTES = 1 << 20;
    private static final Duration WAIT = Duration.ofSeconds(10);

    private final HttpFloor http;
    private final Upstreams upstreams;

    public UpstreamRoutes(HttpFloor http, Upstreams upstreams) {
        this.http = http;
        this.upstreams = upstreams;
    }

    /// All servers, by name.
    record Listed(List<Status> upstreams) {}

    /// A server that is gone.
    record Removed(String name, boolean isRemoved) {}

    public void mount(Router root) {
        Router surface = http.surface(PlatformErrors.FORM, MAX_BODY_BYTES, WAIT);
        surface.get(ALL + "/openapi.json").handler(PlatformDocument.of("/openapi/upstreams.json"));
        surface.route().handler(UpstreamRoutes::requireAdmin);
        surface.get(ALL).handler(ctx -> PlatformJson.end(ctx, 200, new Listed(upstreams.list())));
        surface.get(ONE).handler(ctx -> PlatformJson.end(ctx, 200, find(ctx)));
        surface.put(ONE).handler(this::put);
        surface.delete(ONE).handler(this::remove);
        HttpFloor.mount(root, surface, ALL);
    }

    private Status find(RoutingContext ctx) {
        String name = ctx.pathParam("name");
        return upstreams.find(name).orElseThrow(() -> unknown(name));
    }

    private void put(RoutingContext ctx) {
        UpstreamSpec spec = PlatformJson.read(ctx, UpstreamSpec.class);
        String name = ctx.pathParam("name");
        if (!spec.name().equals(name)) {
            throw new Refused(
                    Reason.INVALID, "name_differs", "the path names '" + name + "', the body '" + spec.name() + "'");
        }
        upstreams
                .put(spec)
                .onSuccess(kept -> PlatformJson.end(ctx, 200, find(ctx)))
                .onFailure(ctx::fail);
    }

    private void remove(RoutingContext ctx) {
        String name = ctx.pathParam("name");
        upstreams
                .remove(name)
                .onSuccess(was -> {
                    if (was) {
                        PlatformJson.end(ctx, 200, new Removed(name, true));
                    } else {
                        ctx.fail(unknown(name));
                    }
                })
                .onFailure(ctx::fail);
    }

    private static Refused unknown(String name) {
        return new Refused(Reason.NOT_FOUND, "upstream_not_found", "there is no upstream '" + name + "'");
    }

    private static void requireAdmin(RoutingContext ctx) {
        if (HttpFloor.call(ctx).principal().isAdmin()) {
            ctx.next();
        } else {
            ctx.fail(new Refused(Reason.FORBIDDEN, "admin_only", "upstreams are for administrators"));
        }
    }
}
