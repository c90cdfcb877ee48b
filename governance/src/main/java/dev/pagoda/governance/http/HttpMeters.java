package dev.pagoda.governance.http;

import dev.pagoda.governance.telemetry.Telemetry;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Times every request from its head to the end of its response: `pagoda_http_request_seconds`.
///
/// Labels come from closed sets: the pattern of the route that answered (`other` when none did), the method and the
/// status. A client that leaves before the end counts with status 499, as nginx logs it.
///
/// Mount first on the root router. Safe from any thread.
public final class HttpMeters implements Handler<RoutingContext> {
    private static final String SURFACE = "pagoda.surface";
    private static final int CLIENT_CLOSED = 499;
    private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS");
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2_500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(60),
    };

    /// Timers by route object are as many as there are routes; more than these are forgotten and found again.
    private static final int MAX_ROUTES = 4_096;

    private final MeterRegistry meters;
    private final Map<Labels, Timer> timers = new ConcurrentHashMap<>();
    private final Map<Answer, Timer> byRoute = new ConcurrentHashMap<>();

    /// How a request was answered. Routes are compared by identity.
    private record Answer(@Nullable Route route, @Nullable String mountPoint, HttpMethod method, int status) {}

    public HttpMeters(Telemetry telemetry) {
        this.meters = telemetry.meters();
    }

    @Override
    public void handle(RoutingContext ctx) {
        long arrivedNanos = System.nanoTime();
        ctx.addEndHandler(ended -> {
            // an HTTP/2 stream may report its closing first although the response went out whole
            boolean isWhole = ended.succeeded() || ctx.response().ended();
            int status = isWhole ? ctx.response().getStatusCode() : CLIENT_CLOSED;
            timer(ctx, status).record(System.nanoTime() - arrivedNanos, TimeUnit.NANOSECONDS);
        });
        ctx.next();
    }

    /// Lets the meters see which route of a sub-router answers; the root context only knows the mount point.
    static void entered(RoutingContext surface) {
        surface.put(SURFACE, surface);
    }

    private Timer timer(RoutingContext root, int status) {
        RoutingContext surface = root.get(SURFACE);
        RoutingContext answering = surface == null ? root : surface;
        HttpMethod method = root.request().method();
        var answer = new Answer(answering.currentRoute(), answering.mountPoint(), method, status);
        Timer known = byRoute.get(answer);
        if (known != null) {
            return known;
        }
        String name = METHODS.contains(method.name()) ? method.name() : "OTHER";
        Timer timer = timers.computeIfAbsent(
                new Labels(nameOf(answer.route(), answer.mountPoint()), name, status), this::timer);
        if (byRoute.size() >= MAX_ROUTES) {
            byRoute.clear();
        }
        byRoute.put(answer, timer);
        return timer;
    }

    private static String nameOf(@Nullable Route route, @Nullable String mountPoint) {
        String pattern = route == null ? null : route.getPath();
        if (pattern == null || pattern.isEmpty() || pattern.endsWith("*")) {
            return "other";
        }
        String whole = mountPoint == null ? pattern : mountPoint + pattern;
        return whole.replace("//", "/");
    }

    private Timer timer(Labels labels) {
        return Timer.builder("pagoda.http.request")
                .description("Time from a request's head to the end of its response")
                .tag("route", labels.route())
                .tag("method", labels.method())
                .tag("status", Integer.toString(labels.status()))
                .serviceLevelObjectives(BUCKETS)
                .register(meters);
    }

    private record Labels(String route, String method, int status) {}
}
