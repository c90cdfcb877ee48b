package dev.pagoda.gateway.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.net.impl.ConnectionBase;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The connection of an answer over HTTP/1.1 that is sent in chunks: takes events as whole chunks of that encoding,
/// past the response and its encoder, which cost as much as everything else that is done for a token.
///
/// *Order.* Both ways end in the same outbound buffer, and this one is taken only while the channel is writable and
/// was so at every write before: then nothing waits within Vert.x. From the first time that it is not, the answer goes
/// the usual way until its end, with the response's own back-pressure.
///
/// Owned by the event loop of the connection.
final class EventChannel {
    private static final String ENCODER = "httpEncoder";
    private static final String DEFLATER = "deflater";
    /// Eight digits of length, and two line ends.
    private static final int MOST_FRAMING = 12;

    private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int LINE_END = '\r' << 8 | '\n';

    private final Channel channel;
    private final ChannelHandlerContext encoder;

    private EventChannel(Channel channel, ChannelHandlerContext encoder) {
        this.channel = channel;
        this.encoder = encoder;
    }

    /// @return null where an answer to the request has no such way
    static @Nullable EventChannel of(HttpServerRequest request) {
        if (request.version() != HttpVersion.HTTP_1_1 || !(request.connection() instanceof ConnectionBase connection)) {
            return null;
        }
        Channel channel = connection.channel();
        ChannelHandlerContext encoder = channel.pipeline().context(ENCODER);
        return encoder == null || channel.pipeline().get(DEFLATER) != null ? null : new EventChannel(channel, encoder);
    }

    /// Whether what is written now leaves at once.
    boolean isClear() {
        return channel.eventLoop().inEventLoop() && channel.isWritable();
    }

    /// Sends events as one chunk; to be called when it is clear.
    ///
    /// @param events at least a byte; not kept
    @SuppressWarnings("FutureReturnValueIgnored") // a connection that is gone says so to its response
    void write(Buffer events) {
        int length = events.length();
        ByteBuf chunk = channel.alloc().directBuffer(length + MOST_FRAMING);
        int digits = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 3) / 4;
        for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
            chunk.writeByte(DIGITS[length >>> shift & 0xf]);
        }
        chunk.writeShort(LINE_END);
        chunk.writeBytes(((BufferInternal) events).unwrap(), 0, length);
        chunk.writeShort(LINE_END);
        encoder.writeAndFlush(chunk);
    }
}
