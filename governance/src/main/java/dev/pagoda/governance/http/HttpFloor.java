package dev.pagoda.governance.http;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.HttpException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What every authenticated route stands on: request id, API key, body limit, errors in the protocol's own
/// form.
///
/// A module asks for a [#surface] for its protocol and adds its routes to the router it gets. A handler fails
/// with `ctx.fail(new Refused(...))` or passes failures of futures on with `ctx::fail`; anything else is a
/// fault, which is logged once and answered as 500 without its text.
///
/// Safe from any thread; handlers run on the event loop.
public final class HttpFloor {
    private static final Logger LOG = LoggerFactory.getLogger(HttpFloor.class);
    private static final String CALL = "pagoda.call";

    /// Metadata of a mounted surface's route: the surface, so that what is served can be listed.
    public static final String SURFACE = "pagoda.surface";
    private static final String ARRIVED = "pagoda.arrived";
    private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("x-request-id");
    private static final HexFormat HEX = HexFormat.of();
    private static final AtomicLong TRACES = new AtomicLong();

    /// Statuses of HTTP itself, which are sent as they are; no module refuses with them.
    private static final Set<Integer> OF_HTTP = Set.of(414, 415, 417, 431);

    private static final long MAX_DISCARDED_BYTES = 64L << 20;

    /// All bodies together take at most this part of the heap.
    private static final int HELD_SHARE = 4;

    private final Vertx vertx;
    private final Authenticator authenticator;
    private final BodyBudget bodies = new BodyBudget(Runtime.getRuntime().maxMemory() / HELD_SHARE);

    public HttpFloor(Vertx vertx, Authenticator authenticator) {
        this.vertx = vertx;
        this.authenticator = authenticator;
    }

    /// A protocol's surface.
    ///
    /// @param form         error bodies
    /// @param maxBodyBytes larger bodies are refused with 413 before they are read
    /// @param wait         deadline given to each call
    /// @return a router, to be mounted with `subRouter`, whose handlers see a [Call] by
    ///     [#call(RoutingContext)] and the whole body by `ctx.body()`
    public Router surface(ErrorForm form, long maxBodyBytes, Duration wait) {
        Router router = streaming(form, maxBodyBytes, wait);
        router.route().handler(BodyHandler.create(false).setBodyLimit(maxBodyBytes));
        return router;
    }

    /// As [#surface], for handlers that unpack compressed bodies themselves, and bound what comes of it.
    public Router unpacking(ErrorForm form, long maxBodyBytes, Duration wait) {
        Router router = streams(form, wait);
        router.route().handler(ctx -> bodies.admit(ctx, maxBodyBytes));
        router.route().handler(BodyHandler.create(false).setBodyLimit(maxBodyBytes));
        return router;
    }

    /// As [#surface], for handlers that read the body themselves while it comes, and bound it.
    ///
    /// @param maxBodyBytes what a handler may hold of a body
    public Router streaming(ErrorForm form, long maxBodyBytes, Duration wait) {
        Router router = streams(form, wait);
        router.route().handler(HttpFloor::requirePlain);
        router.route().handler(ctx -> bodies.admit(ctx, maxBodyBytes));
        return router;
    }

    /// A protocol's surface for bodies that are not held in memory: handlers read them themselves, beginning
    /// before they return, and bound them.
    public Router streams(ErrorForm form, Duration wait) {
        Router router = Router.router(vertx);
        router.route().failureHandler(ctx -> refuseFailed(ctx, form));
        router.route().handler(ctx -> authenticate(ctx, wait));
        return router;
    }

    /// Puts a surface that was built with full paths below the prefixes it serves, each with everything under
    /// it. What it does not know there is answered in its own form and reaches no other surface.
    ///
    /// @param surface  complete: routes added later are not reached
    /// @param prefixes without a slash at the end, for example `/platform/nodes`
    public static void mount(Router root, Router surface, String... prefixes) {
        List<String> owned = List.of(prefixes);
        mount(root, surface, ctx -> {
            String path = ctx.normalizedPath();
            return owned.stream().anyMatch(prefix -> path.equals(prefix) || path.startsWith(prefix + "/"));
        });
    }

    /// As [#mount(Router, Router, String...)], for a surface that knows its requests by more than their path.
    public static void mount(Router root, Router surface, Predicate<RoutingContext> owns) {
        List<Route> routes = List.copyOf(surface.getRoutes());
        surface.route().handler(ctx -> ctx.fail(isKnownPath(routes, ctx.normalizedPath()) ? 405 : 404));
        // a sub-router needs a prefix that it cuts off; here several surfaces share `/platform` and keep full paths
        root.route("/*")
                .putMetadata(SURFACE, surface)
                .handler(ctx -> within(owns, ctx, surface::handleContext))
                .failureHandler(ctx -> within(owns, ctx, surface::handleFailure));
    }

    /// Whether a route with a method of its own has this path; it was not taken, so the method must be another.
    private static boolean isKnownPath(List<Route> routes, String path) {
        String plain = path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        String[] steps = plain.split("/", -1);
        return routes.stream()
                .filter(route -> route.methods() != null && route.getPath() != null)
                .map(route -> route.getPath().split("/", -1))
                .anyMatch(pattern -> pattern.length == steps.length
                        && IntStream.range(0, steps.length)
                                .allMatch(i -> pattern[i].startsWith(":") || pattern[i].equals(steps[i])));
    }

    private static void within(Predicate<RoutingContext> owns, RoutingContext ctx, Handler<RoutingContext> surface) {
        if (owns.test(ctx)) {
            surface.handle(ctx);
        } else {
            ctx.next();
        }
    }

    /// The call of an authenticated request.
    public static Call call(RoutingContext ctx) {
        Call call = ctx.get(CALL);
        if (call == null) {
            throw new IllegalStateException(ctx.normalizedPath() + " is not on an authenticated surface");
        }
        return call;
    }

    /// When the request's head had arrived, by [System#nanoTime].
    public static long arrivedNanos(RoutingContext ctx) {
        Long nanos = ctx.get(ARRIVED);
        if (nanos == null) {
            throw new IllegalStateException(ctx.normalizedPath() + " is not on an authenticated surface");
        }
        return nanos;
    }

    /// Answers a status for which no surface was found.
    public static void refuseStatus(RoutingContext ctx, ErrorForm form, int status) {
        Refusal refusal = refusalOf(ctx, status);
        refuse(ctx, form, refusal, OF_HTTP.contains(status) ? status : form.status(refusal));
    }

    private static void refuseFailed(RoutingContext ctx, ErrorForm form) {
        if (ctx.response().ended()) {
            // what is left of a body that was refused could not be read either
            LOG.debug("{} failed after its answer", ctx.request().method(), ctx.failure());
            return;
        }
        if (ctx.failure() instanceof Refused refused) {
            refuse(ctx, form, refused.refusal());
        } else {
            refuseStatus(
                    ctx, form, ctx.failure() instanceof HttpException http ? http.getStatusCode() : ctx.statusCode());
        }
    }

    /// Ends the response with a refusal in the given form; does nothing when the response has ended.
    public static void refuse(RoutingContext ctx, ErrorForm form, Refusal refusal) {
        refuse(ctx, form, refusal, form.status(refusal));
    }

    private static void refuse(RoutingContext ctx, ErrorForm form, Refusal refusal, int status) {
        HttpServerResponse response = ctx.response();
        if (response.ended() || response.closed() || response.headWritten()) {
            return;
        }
        if (refusal.retryAfterSeconds() > 0) {
            response.putHeader(HttpHeaders.RETRY_AFTER, Integer.toString(refusal.retryAfterSeconds()));
        }
        if (refusal.reason() == Reason.UNAUTHENTICATED) {
            response.putHeader("WWW-Authenticate", "Bearer");
        }
        response.setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(form.body(status, refusal, requestId(response)));
        discardRest(ctx.request());
    }

    private static String requestId(HttpServerResponse response) {
        String id = response.headers().get("x-request-id");
        return id == null ? "" : id;
    }

    /// Reads on what the client still sends, so that it gets to read the answer, and hangs up on one that never ends.
    private static void discardRest(HttpServerRequest request) {
        if (request.isEnded()) {
            return;
        }
        AtomicLong discarded = new AtomicLong();
        request.handler(part -> {
            if (discarded.addAndGet(part.length()) > MAX_DISCARDED_BYTES) {
                request.connection().close();
            }
        });
        request.resume();
    }

    /// The call of a request by its API key, for protocols that do not come over these routes too.
    ///
    /// @return fails with `Refused` when there is no key, or it is unknown or revoked
    public Future<Call> admit(Optional<String> key, String trace, Duration wait) {
        if (key.isEmpty()) {
            return Future.failedFuture(new Refused(
                    Reason.UNAUTHENTICATED,
                    "missing_api_key",
                    "the request carries no API key; send it as 'Authorization: Bearer KEY' or 'api-key: KEY'"));
        }
        return authenticator.authenticate(key.get()).map(found -> {
            if (found.isEmpty()) {
                throw new Refused(Reason.UNAUTHENTICATED, "invalid_api_key", "the API key is unknown or revoked");
            }
            return Call.within(found.get(), trace, wait);
        });
    }

    /// A request id, always our own: usage is recorded once per id, so a client must not choose it.
    public static String newTrace() {
        // the first half grows with time, so that the ledger's index is written at one end
        long time = (System.currentTimeMillis() << 16) | (TRACES.getAndIncrement() & 0xffff);
        return "req_" + HEX.toHexDigits(time)
                + HEX.toHexDigits(ThreadLocalRandom.current().nextLong());
    }

    private void authenticate(RoutingContext ctx, Duration wait) {
        HttpMeters.entered(ctx);
        ctx.put(ARRIVED, System.nanoTime());
        String trace = newTrace();
        ctx.response().putHeader(REQUEST_ID, trace);
        Future<Call> admitted = admit(apiKey(ctx), trace, wait);
        if (admitted.succeeded()) {
            // a key in use is known at once
            ctx.put(CALL, admitted.result());
            ctx.next();
            return;
        }
        ctx.request().pause();
        admitted.onComplete(
                call -> {
                    ctx.request().resume();
                    ctx.put(CALL, call);
                    ctx.next();
                },
                failure -> {
                    ctx.request().resume();
                    ctx.fail(failure);
                });
    }

    private static String pathOf(RoutingContext ctx) {
        try {
            return ctx.normalizedPath();
        } catch (IllegalArgumentException badlyEncoded) {
            return ctx.request().path();
        }
    }

    private static boolean isOfParser(NumberFormatException failure) {
        return Stream.of(failure.getStackTrace())
                .map(StackTraceElement::getClassName)
                .filter(name -> !name.startsWith("java."))
                .findFirst()
                .filter(name -> name.startsWith("io.netty.handler.codec.http."))
                .isPresent();
    }

    /// Bodies are read as they are: a compressed one is told so, before it is taken for bad JSON.
    private static void requirePlain(RoutingContext ctx) {
        String coding = ctx.request().getHeader(HttpHeaders.CONTENT_ENCODING);
        if (coding == null || coding.isEmpty() || coding.equalsIgnoreCase("identity")) {
            ctx.next();
        } else {
            ctx.fail(415);
        }
    }

    private static Optional<String> apiKey(RoutingContext ctx) {
        String bearer = ctx.request().getHeader(HttpHeaders.AUTHORIZATION);
        if (bearer != null && bearer.regionMatches(true, 0, "Bearer ", 0, 7)) {
            return Optional.of(bearer.substring(7).trim()).filter(text -> !text.isEmpty());
        }
        // Azure's and Qdrant's header, then Anthropic's
        return Stream.of("api-key", "x-api-key")
                .map(ctx.request()::getHeader)
                .filter(Objects::nonNull)
                .map(String::trim)
                .filter(text -> !text.isEmpty())
                .findFirst();
    }

    private static Refusal refusalOf(RoutingContext ctx, int told) {
        Throwable failure = ctx.failure();
        // the parser's way to say that the size of a chunk is none
        int status = failure instanceof NumberFormatException notANumber && isOfParser(notANumber) ? 400 : told;
        String target = ctx.request().method() + " " + pathOf(ctx);
        return switch (status) {
            case 400 -> Refusal.of(Reason.INVALID, "bad_request", target + " is not a well-formed request");
            case 404 -> Refusal.of(Reason.NOT_FOUND, "not_found", target + " is not a known path");
            case 405 -> Refusal.of(Reason.METHOD_NOT_ALLOWED, "method_not_allowed", target + " is not allowed");
            case 413 -> Refusal.of(Reason.TOO_LARGE, "body_too_large", "the body is larger than " + target + " takes");
            case 414 -> Refusal.of(Reason.TOO_LARGE, "uri_too_long", "the request's line is longer than is taken");
            case 417 ->
                Refusal.of(Reason.INVALID, "expectation_failed", target + " meets no expectation but 100-continue");
            case 431 ->
                Refusal.of(Reason.TOO_LARGE, "headers_too_large", "the request's headers are longer than is taken");
            case 415 ->
                Refusal.of(
                        Reason.INVALID,
                        "unsupported_media_type",
                        target + " does not take this content type or coding");
            default -> {
                LOG.error("{} failed", target, failure);
                yield Refusal.of(Reason.INTERNAL, "internal", "the platform failed to answer; its log has the cause");
            }
        };
    }
}
