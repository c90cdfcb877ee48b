package dev.pagoda.compute.http;

import dev.pagoda.compute.api.AddNodes;
import dev.pagoda.compute.api.Compute;
import dev.pagoda.compute.api.CordonNode;
import dev.pagoda.compute.api.ListNodes;
import dev.pagoda.compute.api.ListPlacements;
import dev.pagoda.compute.api.NodeState;
import dev.pagoda.compute.api.SetDevice;
import dev.pagoda.compute.api.SetLinks;
import dev.pagoda.compute.api.SetNode;
import dev.pagoda.compute.api.SetPartition;
import dev.pagoda.governance.bus.Bus;
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
import org.jspecify.annotations.Nullable;

/// `GET /platform/nodes[/{id}]`, `POST /platform/nodes`, `POST
/// /platform/nodes/{id}/fail|recover|cordon|uncordon|drain`, `PUT .../links`, `POST
/// .../devices/{index}/fail|recover`, `PUT .../devices/{index}/partition`, `GET /platform/placements`, and the
/// OpenAPI document of compute at `GET /platform/compute/openapi.json`.
public final class FleetRoutes {
    private static final Duration WAIT = Duration.ofSeconds(5);

    private static final long MAX_BODY_BYTES = 1_024;

    private static final String NODES = "/platform/nodes";
    private static final String DEVICE = NODES + "/:id/devices/:device";
    private static final String PLACEMENTS = "/platform/placements";
    private static final String OPENAPI = "/platform/compute/openapi.json";
    private static final String PARTITION = DEVICE + "/partition";

    private final Bus bus;
    private final HttpFloor http;

    public FleetRoutes(Bus bus, HttpFloor http) {
        this.bus = bus;
        this.http = http;
    }

    public void mount(Router root) {
        Router surface = http.surface(PlatformErrors.FORM, MAX_BODY_BYTES, WAIT);
        surface.get(NODES).handler(ctx -> answer(ctx, bus.ask(Compute.NODES, new ListNodes(), HttpFloor.call(ctx))));
        surface.post(NODES).handler(this::add);
        surface.get(NODES + "/:id").handler(this::node);
        surface.post(NODES + "/:id/fail").handler(ctx -> set(ctx, NodeState.DOWN));
        surface.post(NODES + "/:id/recover").handler(ctx -> set(ctx, NodeState.UP));
        surface.post(NODES + "/:id/cordon").handler(ctx -> cordon(ctx, CordonNode.Action.CORDON));
        surface.post(NODES + "/:id/drain").handler(ctx -> cordon(ctx, CordonNode.Action.DRAIN));
        surface.post(NODES + "/:id/uncordon").handler(ctx -> cordon(ctx, CordonNode.Action.UNCORDON));
        surface.put(PARTITION).handler(this::divide);
        surface.get(PLACEMENTS)
                .handler(ctx -> answer(ctx, bus.ask(Compute.PLACEMENTS, new ListPlacements(), HttpFloor.call(ctx))));
        surface.put(NODES + "/:id/links").handler(this::setLinks);
        surface.post(DEVICE + "/fail").handler(ctx -> setDevice(ctx, NodeState.DOWN));
        surface.post(DEVICE + "/recover").handler(ctx -> setDevice(ctx, NodeState.UP));
        surface.get(OPENAPI).handler(this::openApi);
        for (String path : List.of(
                NODES,
                NODES + "/:id",
                NODES + "/:id/fail",
                NODES + "/:id/recover",
                NODES + "/:id/cordon",
                NODES + "/:id/drain",
                NODES + "/:id/uncordon",
                NODES + "/:id/links",
                DEVICE + "/fail",
                DEVICE + "/recover",
                PARTITION,
                PLACEMENTS,
                OPENAPI)) {
            surface.route(path).handler(ctx -> ctx.fail(405));
        }
        HttpFloor.mount(root, surface, NODES, PLACEMENTS, OPENAPI);
    }

    /// The body of `POST /platform/nodes`.
    private record NewNodes(
            @Nullable Integer count,
            @Nullable String prefix,
            @Nullable String accelerator,
            @Nullable Integer devices,
            @Nullable Integer hostMemoryGib,
            @Nullable String region,
            @Nullable String zone,
            @Nullable String storage,
            @Nullable String isolation,
            @Nullable String partition,
            @Nullable Double usdPerHour) {}

    private void add(RoutingContext ctx) {
        NewNodes body = PlatformJson.read(ctx, NewNodes.class);
        var change = new AddNodes(
                body.count == null ? 1 : body.count,
                required("prefix", body.prefix),
                required("accelerator", body.accelerator),
                required("devices", body.devices),
                required("host_memory_gib", body.hostMemoryGib),
                body.region,
                body.zone,
                body.storage,
                body.isolation,
                body.partition,
                body.usdPerHour);
        bus.ask(Compute.ADD_NODES, change, HttpFloor.call(ctx))
                .onSuccess(reply -> PlatformJson.end(ctx, 201, reply))
                .onFailure(ctx::fail);
    }

    private static <T> T required(String field, @Nullable T value) {
        if (value == null) {
            throw new Refused(Reason.INVALID, "invalid_body", "field '" + field + "' is missing");
        }
        return value;
    }

    /// The body of `PUT /platform/nodes/{id}/links`.
    private record Links(@Nullable Double left) {}

    private void setLinks(RoutingContext ctx) {
        Double left = PlatformJson.read(ctx, Links.class).left;
        if (left == null) {
            throw new Refused(Reason.INVALID, "invalid_body", "field 'left' is missing");
        }
        SetLinks change;
        try {
            change = new SetLinks(ctx.pathParam("id"), left);
        } catch (IllegalArgumentException wrong) {
            throw new Refused(Reason.INVALID, "invalid_body", String.valueOf(wrong.getMessage()));
        }
        answer(ctx, bus.ask(Compute.SET_LINKS, change, HttpFloor.call(ctx)));
    }

    private void setDevice(RoutingContext ctx, NodeState state) {
        answer(
                ctx,
                bus.ask(
                        Compute.SET_DEVICE,
                        new SetDevice(ctx.pathParam("id"), device(ctx), state),
                        HttpFloor.call(ctx)));
    }

    private void openApi(RoutingContext ctx) {
        try (InputStream document = FleetRoutes.class.getResourceAsStream("/openapi/compute.json")) {
            if (document == null) {
                throw new IllegalStateException("the OpenAPI document is missing");
            }
            ctx.response().putHeader("Content-Type", "application/json").end(Buffer.buffer(document.readAllBytes()));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
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

    /// The body of `PUT /platform/nodes/{id}/devices/{index}/partition`.
    private record Partition(@Nullable String mode) {}

    private void divide(RoutingContext ctx) {
        String mode = PlatformJson.read(ctx, Partition.class).mode;
        if (mode == null) {
            throw new Refused(
                    Reason.INVALID, "invalid_body", "field 'mode' is missing, for example {\"mode\": \"mig\"}");
        }
        answer(
                ctx,
                bus.ask(
                        Compute.SET_PARTITION,
                        new SetPartition(ctx.pathParam("id"), device(ctx), mode),
                        HttpFloor.call(ctx)));
    }

    private static int device(RoutingContext ctx) {
        String index = ctx.pathParam("device");
        try {
            return Integer.parseInt(index);
        } catch (NumberFormatException wrong) {
            throw new Refused(Reason.NOT_FOUND, "device_not_found", "\"" + index + "\" is no number of a device");
        }
    }

    private void set(RoutingContext ctx, NodeState state) {
        answer(ctx, bus.ask(Compute.SET_NODE, new SetNode(ctx.pathParam("id"), state), HttpFloor.call(ctx)));
    }

    private void cordon(RoutingContext ctx, CordonNode.Action action) {
        answer(ctx, bus.ask(Compute.CORDON_NODE, new CordonNode(ctx.pathParam("id"), action), HttpFloor.call(ctx)));
    }

    private static void answer(RoutingContext ctx, Future<? extends Record> reply) {
        reply.onSuccess(body -> PlatformJson.end(ctx, 200, body)).onFailure(ctx::fail);
    }
}
