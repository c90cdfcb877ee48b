package dev.pagoda.vectors.qdrant;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;

/// Lets pages of any site call, as Qdrant does: a call still needs an API key, which no browser adds by itself.
final class CrossOrigin implements Handler<RoutingContext> {
    private static final String METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    private static final String EXPOSED = "x-request-id, retry-after";
    private static final int MAX_HEADERS = 2_000;
    private static final String DAY_SECONDS = "86400";

    @Override
    public void handle(RoutingContext ctx) {
        var asked = ctx.request().headers();
        if (!asked.contains("Origin")) {
            ctx.next();
            return;
        }
        var answer = ctx.response().putHeader("Access-Control-Allow-Origin", "*");
        if (!ctx.request().method().equals(HttpMethod.OPTIONS) || !asked.contains("Access-Control-Request-Method")) {
            answer.putHeader("Access-Control-Expose-Headers", EXPOSED);
            ctx.next();
            return;
        }
        String headers = asked.get("Access-Control-Request-Headers");
        if (headers != null && headers.length() <= MAX_HEADERS) {
            answer.putHeader("Access-Control-Allow-Headers", headers);
        }
        answer.putHeader("Access-Control-Allow-Methods", METHODS)
                .putHeader("Access-Control-Max-Age", DAY_SECONDS)
                .setStatusCode(200)
                .end();
    }
}
