package dev.pagoda.gateway.openai;

import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;

/// The head of an answer that comes as server-sent events.
final class EventStream {
    private EventStream() {}

    static void begin(RoutingContext ctx) {
        ctx.response()
                .setChunked(true)
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream; charset=utf-8")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                .putHeader("x-accel-buffering", "no");
    }
}
