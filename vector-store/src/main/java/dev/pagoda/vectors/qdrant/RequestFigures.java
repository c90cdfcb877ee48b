package dev.pagoda.vectors.qdrant;

import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.vectors.collection.Collection;
import dev.pagoda.vectors.collection.Requests.Protocol;
import dev.pagoda.vectors.collection.Services;
import io.vertx.core.Handler;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/// Counts every answer by the pattern of its path, under the names that Qdrant gives to the parts of a path.
final class RequestFigures implements Handler<RoutingContext> {
    private static final Pattern PARAMETER = Pattern.compile(":([a-zA-Z]+)");
    private static final Map<String, String> NAMES = Map.of(
            "name", "collection_name",
            "field", "field_name",
            "vector", "vector_name",
            "snapshot", "snapshot_name",
            "peer", "peer_id",
            "shard", "shard_id");

    private final Supplier<Services> services;

    /// By method and pattern, as many as there are routes.
    private final Map<String, String> endpoints = new ConcurrentHashMap<>();

    RequestFigures(Supplier<Services> services) {
        this.services = services;
    }

    @Override
    public void handle(RoutingContext ctx) {
        long start = System.nanoTime();
        ctx.addEndHandler(_ -> answered(ctx, System.nanoTime() - start));
        ctx.next();
    }

    private void answered(RoutingContext ctx, long nanos) {
        Route route = ctx.currentRoute();
        String path = route == null ? null : route.getPath();
        if (path == null || path.isEmpty()) {
            return;
        }
        Services running;
        try {
            running = services.get();
        } catch (Refused stopped) {
            return;
        }
        String tenant = HttpFloor.call(ctx).tenant();
        String name = ctx.pathParam("name");
        String collection = name == null
                ? ""
                : running.catalogue().find(tenant, name).map(Collection::name).orElse("");
        running.meters()
                .requests()
                .answered(
                        tenant,
                        collection,
                        Protocol.REST,
                        endpoints.computeIfAbsent(ctx.request().method() + " " + path, RequestFigures::template),
                        ctx.response().getStatusCode(),
                        nanos);
    }

    static String template(String path) {
        return PARAMETER.matcher(path).replaceAll(found -> {
            String name = found.group(1);
            return "{" + NAMES.getOrDefault(name, name) + "}";
        });
    }
}
