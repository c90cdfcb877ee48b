package dev.pagoda.deploy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// The running platform: for now the server that answers the health check.
public final class Platform {
    private final HttpServer server;

    private Platform(HttpServer server) {
        this.server = server;
    }

    /// Starts everything and returns when every health check is green.
    ///
    /// @param data the data folder; empty: keep nothing
    /// @throws StartRefused for what the user can mend
    public static Platform start(Config config, Optional<Path> data) {
        try {
            HttpServer server = HttpServer.create(
                    new InetSocketAddress(config.http().host(), config.http().port()), 0);
            byte[] body = "{\"status\":\"up\"}".getBytes(StandardCharsets.UTF_8);
            server.createContext("/healthz", exchange -> {
                try (exchange) {
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                }
            });
            server.start();
            return new Platform(server);
        } catch (BindException e) {
            throw new StartRefused("port " + config.http().port() + " is taken, choose another with --port", e);
        } catch (IOException e) {
            throw new IllegalStateException("the HTTP server did not start", e);
        }
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /// The key of the demo tenant, when this start made it.
    public Optional<String> freshApiKey() {
        return Optional.empty();
    }

    /// Ends streams, closes everything; returns when done or when `limit` is over.
    public void stop(Duration limit) {
        server.stop(0);
    }
}
