package dev.pagoda.gateway.protocol;

import dev.pagoda.gateway.backend.ChatHandle;
import dev.pagoda.gateway.backend.ChatListener;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.telemetry.Telemetry;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// The chats of all protocols whose response has not ended: begins them, ends them with their connection, and
/// lets them end when the platform stops. Safe from any thread; a chat belongs to the event loop of its
/// connection.
public final class Exchanges {
    private final Vertx vertx;
    private final ChatService service;
    private final Bounds bounds;
    private final OpenExchanges open = new OpenExchanges();
    private final Counter disconnects;
    private final Counter slowReaders;

    /// What one stream may hold.
    ///
    /// @param maxUnreadBytes bytes that may wait for a slow reader before its connection is dropped
    /// @param stallTimeout   how long a reader may take nothing at all before its connection is dropped
    public record Bounds(int maxUnreadBytes, Duration stallTimeout) {}

    public Exchanges(Vertx vertx, ChatService service, Telemetry telemetry, Bounds bounds) {
        this.vertx = vertx;
        this.service = service;
        this.bounds = bounds;
        var meters = telemetry.meters();
        Gauge.builder("pagoda.gateway.open.chats", open, OpenExchanges::count)
                .description("Chats whose response has not ended")
                .register(meters);
        this.disconnects = Counter.builder("pagoda.gateway.disconnects")
                .description("Chats that ended because the client left")
                .register(meters);
        this.slowReaders = Counter.builder("pagoda.gateway.slow.readers")
                .description("Streams that were dropped because the client read too slowly")
                .register(meters);
    }

    /// A handler that refuses everything once the platform stops.
    public void admit(RoutingContext ctx) {
        if (open.isDraining()) {
            ctx.fail(OpenExchanges.SHUTTING_DOWN.asException());
        } else {
            ctx.next();
        }
    }

    /// Begins a chat whose answer goes to the response of `ctx`.
    ///
    /// @param call   named after the request
    /// @param output makes the way to the client, given what to do when the client reads too slowly
    public void begin(RoutingContext ctx, ChatRequest request, Call call, Function<Runnable, ChatOutput> output) {
        begin(ctx, listener -> service.chat(request, call, listener), output);
    }

    /// Begins what is told like one chat, such as several that are answered together.
    ///
    /// @param start  starts it for its listener
    /// @param output makes the way to the client, given what to do when the client reads too slowly
    public void begin(
            RoutingContext ctx, Function<ChatListener, ChatHandle> start, Function<Runnable, ChatOutput> output) {
        if (ctx.response().closed()) {
            return;
        }
        var exchange = new ChatExchange(vertx.getOrCreateContext(), HttpFloor.arrivedNanos(ctx), output);
        open.add(exchange);
        ctx.addEndHandler(ended -> {
            open.remove(exchange);
            if (exchange.abandon()) {
                disconnects.increment();
            }
        });
        // a drain that began while the body was parsed has not seen this chat
        if (open.isDraining()) {
            exchange.onFailure(OpenExchanges.SHUTTING_DOWN);
            return;
        }
        exchange.begin(start);
    }

    /// Counts an exchange as open until the response of `ctx` has ended.
    ///
    /// @param left called when it ends before the exchange does, because the client has gone; says whether the
    ///     exchange was running
    public void hold(RoutingContext ctx, OpenExchange exchange, BooleanSupplier left) {
        open.add(exchange);
        ctx.addEndHandler(ended -> {
            open.remove(exchange);
            if (left.getAsBoolean()) {
                disconnects.increment();
            }
        });
        if (open.isDraining()) {
            exchange.shutDown(OpenExchanges.SHUTTING_DOWN);
        }
    }

    /// A writer of the stream that answers `ctx`.
    ///
    /// @param giveUp called when the reader is too slow, before the connection is cut
    public StreamWriter writer(RoutingContext ctx, Runnable giveUp) {
        return new StreamWriter(
                vertx.getOrCreateContext(), ctx.request(), bounds.maxUnreadBytes(), bounds.stallTimeout(), () -> {
                    slowReaders.increment();
                    giveUp.run();
                    hangUp(ctx.request());
                });
    }

    /// The call of `ctx` under the name of its request: one name in the usage record, the log and the answer.
    public static Call named(RoutingContext ctx, String requestId) {
        Call call = HttpFloor.call(ctx);
        return new Call(call.principal(), requestId, call.deadlineNanos());
    }

    /// Chats whose response has not ended.
    public int count() {
        return open.count();
    }

    /// Refuses new requests, lets open chats end, and ends those that are left after `patience` with an error
    /// event.
    ///
    /// @return completes when no response is open, at the latest about a second after `patience`
    public Future<Void> drain(Duration patience) {
        return open.drain(patience);
    }

    // resetting an HTTP/1.1 response would wait for the very reader that takes nothing
    private static void hangUp(HttpServerRequest request) {
        Future<Void> gone = request.version() == HttpVersion.HTTP_2
                ? request.response().reset()
                : request.connection().close();
        gone.onFailure(alreadyGone -> {});
    }
}
