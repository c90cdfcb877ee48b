package dev.pagoda.deploy.console;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.http.Authenticator;
import dev.pagoda.governance.http.ServerOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A server with nothing but the console, on a free port of the loopback address.
final class ConsoleServer implements AutoCloseable {

    static final String ADMIN_KEY = "key-of-an-administrator";
    static final String MEMBER_KEY = "key-of-a-member";

    private static final Map<String, Principal> KEYS = Map.of(
            ADMIN_KEY, new Principal("ops", "", "", "k1", Principal.Role.ADMIN),
            MEMBER_KEY, new Principal("lotus-bank", "", "", "k2", Principal.Role.MEMBER));

    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server;
    final ConsoleRoutes console;

    ConsoleServer(HouseView view, Duration interval, int port) {
        Authenticator authenticator = key -> Future.succeededFuture(Optional.ofNullable(KEYS.get(key)));
        console = new ConsoleRoutes(vertx, view, authenticator, interval);
        var router = Router.router(vertx);
        console.mount(router);
        server = await(vertx.createHttpServer(ServerOptions.usual())
                .requestHandler(router)
                .listen(port, "127.0.0.1"));
    }

    int port() {
        return server.actualPort();
    }

    @Override
    public void close() {
        await(console.close());
        await(server.close());
        await(vertx.close());
    }

    static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
