package dev.pagoda.deploy;

import dev.pagoda.governance.telemetry.Telemetry;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.function.BooleanSupplier;

/// What an operator's tools ask: health, readiness and `/metrics`.
///
/// Health is open to everybody. Metrics go through the same gate as the console: open on this machine, elsewhere for an
/// administrator's key.
final class OperatorRoutes {
    private static final String TEXT = "text/plain; charset=utf-8";

    private final Telemetry telemetry;
    private final BooleanSupplier ready;
    private final Handler<RoutingContext> gate;

    OperatorRoutes(Telemetry telemetry, BooleanSupplier ready, Handler<RoutingContext> gate) {
        this.telemetry = telemetry;
        this.ready = ready;
        this.gate = gate;
    }

    void mount(Router root) {
        root.get("/healthz").handler(ctx -> text(ctx, 200, "healthz check passed"));
        // Qdrant answers both with the same text
        root.get("/livez").handler(ctx -> text(ctx, 200, "healthz check passed"));
        root.get("/health").handler(this::readiness);
        root.get("/readyz").handler(this::readiness);
        root.get("/metrics").handler(gate).handler(this::metrics);
    }

    /// Off the event loop: with thousands of collections the page takes its time.
    private void metrics(RoutingContext ctx) {
        Telemetry.Scrape scrape = scrape(ctx);
        ctx.vertx()
                .executeBlocking(() -> telemetry.scrape(scrape), false)
                .onSuccess(page -> ctx.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, Telemetry.CONTENT_TYPE)
                        .end(page))
                .onFailure(ctx::fail);
    }

    private static Telemetry.Scrape scrape(RoutingContext ctx) {
        return new Telemetry.Scrape(
                "true".equals(ctx.queryParams().get("per_collection")),
                "true".equals(ctx.queryParams().get("anonymize")));
    }

    private void readiness(RoutingContext ctx) {
        if (ready.getAsBoolean()) {
            text(ctx, 200, "all shards are ready");
        } else {
            text(ctx, 503, "some shards are not ready");
        }
    }

    private static void text(RoutingContext ctx, int status, String body) {
        ctx.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, TEXT)
                .end(body);
    }
}
