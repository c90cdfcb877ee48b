package dev.pagoda.workflow.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;

/// A response of server-sent events, each one JSON object. Used on the request's event loop.
final class EventStream {
    private final HttpServerResponse response;

    /// Sends the head of the response.
    EventStream(RoutingContext ctx) {
        this.response = ctx.response();
        response.setChunked(true)
                .putHeader("Content-Type", "text/event-stream; charset=utf-8")
                .putHeader("Cache-Control", "no-store")
                .putHeader("X-Accel-Buffering", "no");
    }

    /// Sends one event; does nothing when the client has gone.
    void send(Object event) {
        if (isOpen()) {
            var data = Buffer.buffer("data: ").appendBuffer(Json.write(event)).appendString("\n\n");
            response.write(data).onFailure(_ -> response.reset());
        }
    }

    /// Ends the stream.
    void end() {
        if (isOpen()) {
            response.end().onFailure(_ -> response.reset());
        }
    }

    private boolean isOpen() {
        return !response.ended() && !response.closed();
    }
}
