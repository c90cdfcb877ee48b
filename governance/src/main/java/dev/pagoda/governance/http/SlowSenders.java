package dev.pagoda.governance.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Hangs up on clients that dribble: a request's head has a time to arrive in, its body a least speed. An idle
/// timeout alone does not help against either, since every byte begins it anew.
///
/// Time in which the server itself does not read, because a handler has paused its request, is not the client's.
/// A connection between two requests may be idle; that has a timeout of its own. For `connectionHandler` of servers
/// whose connections speak HTTP/1 from their first byte. Safe from any thread.
public final class SlowSenders implements Handler<HttpConnection> {
    private final Pace pace;

    /// How fast a client must be.
    ///
    /// @param head          from the first byte of a request to the end of its headers
    /// @param window        a part of a body's time that is looked at as one
    /// @param bytesAWindow  least that arrives of a body in a window
    public record Pace(Duration head, Duration window, long bytesAWindow) {
        /// A tenth of what a poor modem line brings, as Kestrel and Jetty ask by default too: 240 bytes a second.
        public static final Pace USUAL = new Pace(Duration.ofSeconds(15), Duration.ofSeconds(10), 2_400);

        public Pace {
            if (head.toMillis() < 1 || window.toMillis() < 1 || bytesAWindow < 1) {
                throw new IllegalArgumentException(
                        "head " + head + ", window " + window + " and bytes " + bytesAWindow + " are not all positive");
            }
        }
    }

    public SlowSenders(Pace pace) {
        this.pace = pace;
    }

    @Override
    public void handle(HttpConnection connection) {
        if (!(connection instanceof HttpServerConnection server)) {
            return;
        }
        ChannelPipeline pipeline = server.channelHandlerContext().pipeline();
        ChannelHandlerContext decoder = pipeline.context(HttpRequestDecoder.class);
        if (decoder != null) {
            var watch = new Watch(pace);
            pipeline.addBefore(decoder.name(), "arriving", watch);
            pipeline.addAfter(decoder.name(), "arrived", watch.parsed);
        }
    }

    /// One connection's requests, one after the other; of its event loop.
    private static final class Watch extends ChannelInboundHandlerAdapter {
        private final Pace pace;
        final Parsed parsed = new Parsed();
        private State state = State.BETWEEN;
        private @Nullable ScheduledFuture<?> deadline;
        private long windowBytes;
        private boolean wasHeldBack;

        /// What is awaited.
        private enum State {
            BETWEEN,
            HEAD,
            BODY
        }

        Watch(Pace pace) {
            this.pace = pace;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object bytes) {
            windowBytes += bytes instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
            long before = parsed.count;
            ctx.fireChannelRead(bytes);
            if (state == State.BETWEEN && parsed.count == before) {
                state = State.HEAD;
                deadline = ctx.executor().schedule(() -> late(ctx), pace.head().toMillis(), TimeUnit.MILLISECONDS);
            } else if (state == State.BODY && deadline == null) {
                windowBytes = 0;
                wasHeldBack = false;
                watchBody(ctx);
            }
        }

        private void watchBody(ChannelHandlerContext ctx) {
            deadline = ctx.executor().schedule(() -> look(ctx), pace.window().toMillis(), TimeUnit.MILLISECONDS);
        }

        private void look(ChannelHandlerContext ctx) {
            boolean isHeldBack = !ctx.channel().config().isAutoRead();
            if (windowBytes < pace.bytesAWindow() && !isHeldBack && !wasHeldBack) {
                late(ctx);
                return;
            }
            windowBytes = 0;
            wasHeldBack = isHeldBack;
            watchBody(ctx);
        }

        @SuppressWarnings("FutureReturnValueIgnored") // whether or not it closes well, it is closed
        private void late(ChannelHandlerContext ctx) {
            if (ctx.pipeline().context(HttpRequestDecoder.class) == null) {
                // it speaks WebSocket now
                ctx.pipeline().remove(parsed);
                ctx.pipeline().remove(this);
            } else {
                ctx.close();
            }
        }

        private void next(State reached) {
            state = reached;
            if (deadline != null) {
                deadline.cancel(false);
                deadline = null;
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            next(State.BETWEEN);
            ctx.fireChannelInactive();
        }

        /// Sees what the decoder made of the bytes.
        final class Parsed extends ChannelInboundHandlerAdapter {
            private long count;

            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                count++;
                if (message instanceof HttpRequest) {
                    next(State.BODY);
                }
                if (message instanceof LastHttpContent) {
                    next(State.BETWEEN);
                }
                ctx.fireChannelRead(message);
            }
        }
    }
}
