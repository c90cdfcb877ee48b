package dev.pagoda.gateway.load;

import dev.pagoda.governance.http.ServerOptions;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// A small OpenAI-compatible server: 20 chunks a stream with 3 prompt and 20 completion tokens, one chunk a
/// millisecond.
final class FakeSseServer implements AutoCloseable {
    static final int CHUNKS = 20;
    static final int PROMPT_TOKENS = 3;

    final AtomicInteger received = new AtomicInteger();
    final AtomicInteger open = new AtomicInteger();
    final AtomicInteger mostOpen = new AtomicInteger();
    final AtomicInteger left = new AtomicInteger();
    final AtomicLong metered = new AtomicLong();
    /// Of the longest conversation.
    final AtomicInteger mostMessages = new AtomicInteger();
    /// Streams at once beyond which requests are refused.
    volatile int capacity = Integer.MAX_VALUE;
    /// Ids of requests that completed although their client had left.
    final Set<String> late = ConcurrentHashMap.newKeySet();

    volatile Behaviour behaviour = Behaviour.WELL;
    /// Requests that the metering forgets.
    volatile int unmetered;

    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server;

    enum Behaviour {
        WELL,
        /// Meters a request as completed even if its client leaves.
        COMPLETES_LATE,
        REFUSES,
        CUTS,
        STALLS,
        BREAKS,
        ERRS
    }

    FakeSseServer() {
        server = vertx.createHttpServer(ServerOptions.usual()).requestHandler(this::serve);
        server.listen(0, "127.0.0.1").toCompletionStage().toCompletableFuture().join();
    }

    int port() {
        return server.actualPort();
    }

    private void serve(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        if (!"Bearer k".equals(request.getHeader("Authorization"))) {
            error(response, 401, "invalid_api_key", "that key is not known");
            return;
        }
        switch (request.path()) {
            case "/v1/models" ->
                end(
                        response,
                        new JsonObject()
                                .put(
                                        "data",
                                        new JsonArray()
                                                .add(new JsonObject().put("id", "all-MiniLM-L6-v2"))
                                                .add(new JsonObject().put("id", "m"))));
            case "/platform/usage" -> {
                long requests = Math.max(0, metered.get() - unmetered);
                end(
                        response,
                        new JsonObject()
                                .put(
                                        "total",
                                        new JsonObject()
                                                .put("requests", requests)
                                                .put("prompt_tokens", requests * PROMPT_TOKENS)
                                                .put("completion_tokens", requests * CHUNKS)));
            }
            case "/platform/usage/records" -> {
                boolean known = late.contains(request.getParam("request_id"));
                var data = new JsonArray();
                if (known) {
                    data.add(
                            new JsonObject().put("prompt_tokens", PROMPT_TOKENS).put("completion_tokens", CHUNKS));
                }
                end(response, new JsonObject().put("data", data));
            }
            case "/v1/chat/completions" ->
                request.body().onSuccess(body -> chat(body, response)).onFailure(gone -> left.incrementAndGet());
            default -> error(response, 404, "unknown_url", "no such path");
        }
    }

    private void chat(Buffer body, HttpServerResponse response) {
        String id = "chatcmpl-" + received.incrementAndGet();
        boolean wantsUsage = body.toJsonObject().getJsonObject("stream_options").getBoolean("include_usage");
        mostMessages.accumulateAndGet(
                body.toJsonObject().getJsonArray("messages").size(), Math::max);
        if (behaviour == Behaviour.REFUSES || open.get() >= capacity) {
            error(response, 429, "rate_limit_exceeded", "too many");
            return;
        }
        mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
        response.closeHandler(v -> {
            open.decrementAndGet();
            left.incrementAndGet();
            if (behaviour == Behaviour.COMPLETES_LATE) {
                late.add(id);
                metered.incrementAndGet();
            }
        });
        response.setChunked(true).putHeader("Content-Type", "text/event-stream; charset=utf-8");
        send(
                response,
                "{\"id\":\"" + id
                        + "\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}");
        if (behaviour != Behaviour.STALLS) {
            step(response, 0, wantsUsage);
        }
    }

    private void step(HttpServerResponse response, int chunk, boolean wantsUsage) {
        if (response.closed()) {
            return;
        }
        boolean half = chunk == CHUNKS / 2;
        if (half && behaviour == Behaviour.CUTS) {
            response.reset().onFailure(gone -> {});
        } else if (half && behaviour == Behaviour.BREAKS) {
            finish(response, "data: {\"choices\"\n\ndata: [DONE]\n\n");
        } else if (half && behaviour == Behaviour.ERRS) {
            finish(response, "data: {\"error\":{\"code\":\"overloaded\"}}\n\ndata: [DONE]\n\n");
        } else if (chunk == CHUNKS) {
            if (wantsUsage) {
                send(response, "{\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":20}}");
            }
            metered.incrementAndGet();
            finish(response, "data: [DONE]\n\n");
        } else {
            send(response, "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}],\"usage\":null}");
            vertx.timer(1, TimeUnit.MILLISECONDS)
                    .onSuccess(v -> step(response, chunk + 1, wantsUsage))
                    .onFailure(closed -> open.decrementAndGet());
        }
    }

    private void finish(HttpServerResponse response, String last) {
        open.decrementAndGet();
        response.closeHandler(null).end(last).onFailure(gone -> {});
    }

    private static void send(HttpServerResponse response, String data) {
        response.write("data: " + data + "\n\n").onFailure(gone -> {});
    }

    private static void error(HttpServerResponse response, int status, String code, String message) {
        response.setStatusCode(status);
        end(
                response,
                new JsonObject()
                        .put("error", new JsonObject().put("message", message).put("code", code)));
    }

    private static void end(HttpServerResponse response, JsonObject body) {
        response.end(body.toBuffer()).onFailure(gone -> {});
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
