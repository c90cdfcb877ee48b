package dev.pagoda.gateway.protocol;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Writes the events of one stream: those of one event-loop turn go out together, those that a slow reader
/// does not take wait within a bound.
///
/// *Back-pressure.* An engine does not wait for a reader, so events pile up here when the socket is full. A reader that
/// is more than `maxUnreadBytes` behind, or takes nothing for `stallTimeout`, is given up: `slow` runs once
/// and nothing is written any more. Owned by the event loop of the connection.
public final class StreamWriter {
    /// Writes that follow one another faster than this are gathered.
    private static final long GATHER_NANOS = 1_000_000;

    private static final int ROOM = 512;
    /// A buffer that was made for more is not kept.
    private static final int MOST_ROOM = 4_096;

    private final Context context;
    private final HttpServerResponse response;
    private final int maxUnreadBytes;
    private final Duration stallTimeout;
    private final Runnable slow;
    /// Null where there is none, or it is no longer to be used.
    private @Nullable EventChannel channel;

    private Buffer pending = Buffer.buffer(ROOM);
    private long leftNanos = System.nanoTime() - GATHER_NANOS;
    /// `pending` came from elsewhere and is not to be changed.
    private boolean isBorrowed;

    private boolean scheduled;
    private boolean waiting;
    private boolean over;
    private long stallTimer;

    /// @param slow called on the event loop when the reader is given up
    StreamWriter(Context context, HttpServerRequest request, int maxUnreadBytes, Duration stallTimeout, Runnable slow) {
        this.context = context;
        this.response = request.response();
        this.channel = EventChannel.of(request);
        this.maxUnreadBytes = maxUnreadBytes;
        this.stallTimeout = stallTimeout;
        this.slow = slow;
    }

    /// Adds events; they leave at the end of this turn of the event loop, or within a millisecond if others
    /// have just left.
    public void write(Consumer<Buffer> events) {
        if (!over) {
            events.accept(own());
            schedule();
        }
    }

    /// What is to leave, as a buffer that may be added to.
    private Buffer own() {
        if (isBorrowed) {
            pending = Buffer.buffer(pending.length() + 4_096).appendBuffer(pending);
            isBorrowed = false;
        }
        return pending;
    }

    /// As the other, for events that are written already; the buffer is not to be changed any more.
    public void write(Buffer events) {
        if (over) {
            return;
        }
        if (pending.length() == 0) {
            pending = events;
            isBorrowed = true;
        } else {
            own().appendBuffer(events);
        }
        schedule();
    }

    private void schedule() {
        if (waiting) {
            if (pending.length() > maxUnreadBytes) {
                giveUp();
            }
        } else if (!scheduled) {
            scheduled = true;
            if (System.nanoTime() - leftNanos < GATHER_NANOS) {
                context.owner().setTimer(1, t -> leave());
            } else {
                context.runOnContext(v -> leave());
            }
        }
    }

    private void leave() {
        scheduled = false;
        flush();
    }

    /// Adds the last events and ends the response when the reader has taken them.
    public void end(Consumer<Buffer> events) {
        if (over) {
            return;
        }
        events.accept(own());
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
        leftNanos = System.nanoTime();
        if (channel != null && !channel.isClear()) {
            channel = null;
        }
        if (channel != null && response.headWritten() && response.isChunked() && !response.closed()) {
            channel.write(pending);
            clear();
        } else {
            response.write(pending).onFailure(gone -> {});
            pending = Buffer.buffer(ROOM);
            isBorrowed = false;
        }
    }

    private void clear() {
        if (isBorrowed || pending.length() > MOST_ROOM) {
            pending = Buffer.buffer(ROOM);
            isBorrowed = false;
        } else {
            ((BufferInternal) pending).unwrap().clear();
        }
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
