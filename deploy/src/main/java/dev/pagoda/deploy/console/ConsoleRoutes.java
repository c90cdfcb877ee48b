package dev.pagoda.deploy.console;

import dev.pagoda.governance.http.Authenticator;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;

/// The live page at `/console` and its events at `/console/events`.
///
/// Open without a key on this machine, elsewhere for an administrator's key. Nothing here changes anything,
/// and no other site may read or frame it. Safe from several event loops at once.
public final class ConsoleRoutes {

    /// How long one look at the house may take.
    public static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                    + "connect-src 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

    private final LoopbackGate gate;
    private final PageFiles files;
    private final HouseFeed feed;

    public ConsoleRoutes(Vertx vertx, HouseView view, Authenticator authenticator) {
        this(vertx, view, authenticator, INTERVAL);
    }

    ConsoleRoutes(Vertx vertx, HouseView view, Authenticator authenticator, Duration interval) {
        this.gate = new LoopbackGate(authenticator);
        this.files = new PageFiles();
        this.feed = new HouseFeed(vertx, view, interval);
    }

    /// Adds the routes; must come before any handler that asks every path for a key.
    public void mount(Router router) {
        router.route("/console*").handler(this::harden).handler(gate);
        router.route(HttpMethod.GET, "/console/events").handler(this::watch);
        router.route("/console").handler(files);
        router.route("/console/*").handler(files);
    }

    /// Ends every open page's stream with a goodbye, so that a server that waits for its streams can stop.
    public Future<Void> close() {
        return feed.close();
    }

    /// Pages that are open now.
    public int viewers() {
        return feed.watching();
    }

    private void harden(RoutingContext context) {
        context.response()
                .putHeader("Content-Security-Policy", POLICY)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Cross-Origin-Resource-Policy", "same-origin")
                .putHeader("Cross-Origin-Opener-Policy", "same-origin")
                .putHeader("X-Frame-Options", "DENY");
        context.next();
    }

    private void watch(RoutingContext context) {
        var site = context.request().getHeader("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            // another site's page could not read the stream, but it could fill the seats
            context.response()
                    .setStatusCode(403)
                    .putHeader("Content-Type", "text/plain; charset=utf-8")
                    .end("The console's events are for its own page.\n");
            return;
        }
        feed.join(context);
    }
}
