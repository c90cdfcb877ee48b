package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.protocol.Exchanges;
import dev.pagoda.gateway.protocol.OpenExchange;
import dev.pagoda.gateway.protocol.StreamWriter;
import dev.pagoda.governance.bus.Refusal;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/// A connection that is told the events of a response that runs without it. Lives on the event loop of its connection;
/// what comes from elsewhere is brought there.
final class ResponseWatch implements OpenExchange {
    private final RoutingContext ctx;
    private final Context context;
    private final StreamWriter writer;
    private Runnable leave = () -> {};
    private boolean hasBegun;
    private boolean isOver;

    /// To be made on the event loop of the connection.
    ResponseWatch(Vertx vertx, RoutingContext ctx, Exchanges exchanges) {
        this.ctx = ctx;
        this.context = vertx.getOrCreateContext();
        this.writer = exchanges.writer(ctx, this::drop);
        exchanges.hold(ctx, this, this::drop);
    }

    /// @param left to be called when the connection is gone; from any thread
    void onLeave(Runnable left) {
        context.runOnContext(v -> {
            leave = left;
            if (isOver) {
                left.run();
            }
        });
    }

    /// Tells events; from any thread.
    void tell(List<ObjectNode> events) {
        context.runOnContext(v -> {
            if (begin()) {
                writer.write(out -> events.forEach(event -> ResponseRun.write(out, event)));
            }
        });
    }

    /// Tells the last events; from any thread.
    void end(List<ObjectNode> events) {
        context.runOnContext(v -> {
            if (begin()) {
                isOver = true;
                writer.end(out -> events.forEach(event -> ResponseRun.write(out, event)));
            }
        });
    }

    /// @return whether there is still somebody to be told
    private boolean begin() {
        if (!isOver && !hasBegun) {
            hasBegun = true;
            EventStream.begin(ctx);
        }
        return !isOver;
    }

    @Override
    public void shutDown(Refusal why) {
        context.runOnContext(v -> {
            if (begin()) {
                isOver = true;
                writer.end(out -> ResponseRun.error(out, why.code(), why.message()));
                leave.run();
            }
        });
    }

    private boolean drop() {
        boolean wasOpen = !isOver;
        isOver = true;
        writer.close();
        leave.run();
        return wasOpen;
    }
}
