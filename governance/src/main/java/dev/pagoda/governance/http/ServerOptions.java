package dev.pagoda.governance.http;

import io.vertx.core.http.HttpServerOptions;

/// How a server of the platform's is set up: HTTP/1.1, and nothing else.
public final class ServerOptions {
    private static final int MAX_HEADER_BYTES = 32 * 1024;
    private static final int IDLE_SECONDS = 300;

    private ServerOptions() {}

    /// Options to be added to.
    public static HttpServerOptions usual() {
        return new HttpServerOptions()
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                // nobody who is served here needs HTTP/2 without TLS. Its floods need not be met, and clients that
                // upgrade to it where they can, as Java's own does, at times wait for the rest of an answer for ever
                .setHttp2ClearTextEnabled(false)
                .setIdleTimeout(IDLE_SECONDS)
                // nothing here speaks WebSocket, and who negotiates its compression reads every message
                .setPerMessageWebSocketCompressionSupported(false)
                .setPerFrameWebSocketCompressionSupported(false)
                .setTcpKeepAlive(true);
    }
}
