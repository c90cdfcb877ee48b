package dev.pagoda.gateway.protocol;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.function.Consumer;

/// Writes the events of one stream: those of one event-loop turn go out together, those that a slow reader does not
/// take wait within a bound.
///
/// *Back-pressure.* An engine does not wait for a reader, so events pile up here when the socket is full. A reader that
/// is more than `maxUnreadBytes` behind, or takes nothing for `stallTimeout`, is given up: `slow` runs once and nothing
/// is written any more. Owned by the event loop of the connection.
public final class StreamWriter {
    private final Context context;
    private final HttpServerResponse response;
    private final int maxUnreadBytes;
    private final Duration stallTimeout;
    private final Runnable slow;
    private Buffer pending = Buffer.buffer(512);
    private boolean scheduled;
    private boolean waiting;
    private boolean over;
    private long stallTimer;

    /// @param slow called on the event loop when the reader is given up
    StreamWriter(
            Context context, HttpServerResponse response, int maxUnreadBytes, Duration stallTimeout, Runnable slow) {
        this.context = context;
        this.response = response;
        this.maxUnreadBytes = maxUnreadBytes;
        this.stallTimeout = stallTimeout;
        this.slow = slow;
    }

    /// Adds events; they leave at the end of this turn of the event loop.
    public void write(Consumer<Buffer> events) {
        if (over) {
            return;
        }
        events.accept(pending);
        if (waiting) {
            if (pending.length() > maxUnreadBytes) {
                giveUp();
            }
        } else if (!scheduled) {
            scheduled = true;
            context.runOnContext(v -> {
                scheduled = false;
                flush();
            });
        }
    }

    /// Adds the last events and ends the response when the reader has taken them.
    public void end(Consumer<Buffer> events) {
        if (over) {
            return;
        }
        events.accept(pending);
        close();
        response.end(pending).onFailure(gone -> {});
    }

    /// Writes nothing any more: the response has ended otherwise.
    public void close() {
        over = true;
        if (waiting) {
            waiting = false;
            context.owner().cancelTimer(stallTimer);
        }
    }

    private void flush() {
        if (over || pending.length() == 0) {
            return;
        }
        if (response.writeQueueFull()) {
            waiting = true;
            stallTimer = context.owner().setTimer(stallTimeout.toMillis(), t -> giveUp());
            response.drainHandler(v -> drained());
            return;
        }
        response.write(pending).onFailure(gone -> {});
        pending = Buffer.buffer(512);
    }

    private void drained() {
        if (waiting) {
            waiting = false;
            context.owner().cancelTimer(stallTimer);
            flush();
        }
    }

    private void giveUp() {
        if (!over) {
            close();
            slow.run();
        }
    }
}
