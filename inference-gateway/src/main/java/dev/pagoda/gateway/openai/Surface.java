package dev.pagoda.gateway.openai;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// The routes of one API under way: a path that is known for other methods answers 405 and names them, one that is not
/// known 404.
final class Surface {
    private final Router router;
    private final Map<String, Set<String>> methods = new LinkedHashMap<>();

    Surface(Router router) {
        this.router = router;
    }

    Surface get(String path, Handler<RoutingContext> handler) {
        return on(HttpMethod.GET, path, handler);
    }

    Surface post(String path, Handler<RoutingContext> handler) {
        return on(HttpMethod.POST, path, handler);
    }

    Surface delete(String path, Handler<RoutingContext> handler) {
        return on(HttpMethod.DELETE, path, handler);
    }

    /// Adds what answers all other requests; nothing may be added any more.
    Router close() {
        methods.forEach((path, allowed) -> router.route(path).handler(ctx -> {
            ctx.response().putHeader(HttpHeaders.ALLOW, String.join(", ", allowed));
            ctx.fail(405);
        }));
        router.route().handler(ctx -> ctx.fail(404));
        return router;
    }

    private Surface on(HttpMethod method, String path, Handler<RoutingContext> handler) {
        router.route(method, path).handler(handler);
        methods.computeIfAbsent(path, key -> new TreeSet<>()).add(method.name());
        return this;
    }
}
