package dev.pagoda.compute.http;

import dev.pagoda.compute.api.Compute;
import dev.pagoda.compute.api.ListNodes;
import dev.pagoda.compute.api.ListPlacements;
import dev.pagoda.compute.api.NodeState;
import dev.pagoda.compute.api.SetNode;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.PlatformErrors;
import dev.pagoda.governance.http.PlatformJson;
import io.vertx.core.Future;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;

/// `GET /platform/nodes[/{id}]`, `POST /platform/nodes/{id}/fail|recover` and `GET /platform/placements`.
public final class FleetRoutes {
    private static final Duration WAIT = Duration.ofSeconds(5);

    /// No route reads its body.
    private static final long MAX_BODY_BYTES = 1_024;

    private static final String NODES = "/platform/nodes";
    private static final String PLACEMENTS = "/platform/placements";

    private final Bus bus;
    private final HttpFloor http;

    public FleetRoutes(Bus bus, HttpFloor http) {
        this.bus = bus;
        this.http = http;
    }

    public void mount(Router root) {
        Router surface = http.surface(PlatformErrors.FORM, MAX_BODY_BYTES, WAIT);
        surface.get(NODES).handler(ctx -> answer(ctx, bus.ask(Compute.NODES, new ListNodes(), HttpFloor.call(ctx))));
        surface.get(NODES + "/:id").handler(this::node);
        surface.post(NODES + "/:id/fail").handler(ctx -> set(ctx, NodeState.DOWN));
        surface.post(NODES + "/:id/recover").handler(ctx -> set(ctx, NodeState.UP));
        surface.get(PLACEMENTS)
                .handler(ctx -> answer(ctx, bus.ask(Compute.PLACEMENTS, new ListPlacements(), HttpFloor.call(ctx))));
        for (String path : List.of(NODES, NODES + "/:id", NODES + "/:id/fail", NODES + "/:id/recover", PLACEMENTS)) {
            surface.route(path).handler(ctx -> ctx.fail(405));
        }
        HttpFloor.mount(root, surface, NODES, PLACEMENTS);
    }

    private void node(RoutingContext ctx) {
        String id = ctx.pathParam("id");
        answer(
                ctx,
                bus.ask(Compute.NODES, new ListNodes(), HttpFloor.call(ctx))
                        .map(reply -> reply.nodes().stream()
                                .filter(node -> node.id().equals(id))
                                .findFirst()
                                .orElseThrow(() -> new Refused(
                                        Reason.NOT_FOUND, "node_not_found", "the fleet has no node " + id))));
    }

    private void set(RoutingContext ctx, NodeState state) {
        answer(ctx, bus.ask(Compute.SET_NODE, new SetNode(ctx.pathParam("id"), state), HttpFloor.call(ctx)));
    }

    private static void answer(RoutingContext ctx, Future<? extends Record> reply) {
        reply.onSuccess(body -> PlatformJson.end(ctx, 200, body)).onFailure(ctx::fail);
    }
}
