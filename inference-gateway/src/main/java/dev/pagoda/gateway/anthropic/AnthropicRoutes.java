package dev.pagoda.gateway.anthropic;

import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.backend.PromptTokens;
import dev.pagoda.gateway.backend.ServedModel;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Bodies;
import dev.pagoda.gateway.protocol.Exchanges;
import dev.pagoda.gateway.protocol.Json;
import dev.pagoda.gateway.protocol.Parameters;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// The routes of Anthropic's API: `/v1/messages`, `/v1/messages/count_tokens`, and `/v1/models` for clients that send
/// the header `anthropic-version`, by which they are told from OpenAI's.
public final class AnthropicRoutes {
    private static final String MESSAGES = "/v1/messages";
    private static final String MODELS = "/v1/models";
    private static final String VERSION = "anthropic-version";
    private static final Pattern DATE = Pattern.compile("\\d{4}-\\d{2}-\\d{2}");
    private static final int MODELS_A_PAGE = 20;
    private static final int MOST_MODELS_A_PAGE = 1_000;

    private final HttpFloor http;
    private final Exchanges exchanges;
    private final InstantSource clock;
    private final ChatService service;
    private final Bodies.Bounds bounds;

    /// What the routes stand on.
    public record Ground(HttpFloor http, Exchanges exchanges, InstantSource clock) {}

    public AnthropicRoutes(Ground ground, ChatService service, Bodies.Bounds bounds) {
        this.http = ground.http();
        this.exchanges = ground.exchanges();
        this.clock = ground.clock();
        this.service = service;
        this.bounds = bounds;
    }

    /// Adds the routes; before those of OpenAI, which own the rest of `/v1`.
    public void mount(Router root) {
        Router surface = http.surface(AnthropicErrors.FORM, bounds.maxBodyBytes(), bounds.requestTimeout());
        surface.route().handler(exchanges::admit);
        surface.route().handler(AnthropicRoutes::requireVersion);
        surface.post(MESSAGES).handler(this::message);
        surface.post(MESSAGES + "/count_tokens").handler(this::count);
        surface.get(MODELS).handler(this::models);
        surface.get(MODELS + "/:model").handler(ctx -> model(ctx, ctx.pathParam("model")));
        surface.get(MODELS + "/:owner/:model")
                .handler(ctx -> model(ctx, ctx.pathParam("owner") + "/" + ctx.pathParam("model")));
        root.route("/v1/*").handler(ctx -> {
            if (isOurs(ctx)) {
                stamp(ctx);
            }
            ctx.next();
        });
        HttpFloor.mount(root, surface, AnthropicRoutes::isOurs);
    }

    private static boolean isOurs(RoutingContext ctx) {
        String path = ctx.normalizedPath();
        return isBelow(path, MESSAGES)
                || (isBelow(path, MODELS) && ctx.request().getHeader(VERSION) != null);
    }

    private static boolean isBelow(String path, String prefix) {
        return path.startsWith(prefix) && (path.length() == prefix.length() || path.charAt(prefix.length()) == '/');
    }

    private static void stamp(RoutingContext ctx) {
        ctx.addHeadersEndHandler(v -> {
            String name = ctx.response().headers().get("x-request-id");
            if (name != null) {
                ctx.response().putHeader("request-id", RequestNames.request(name));
            }
        });
    }

    private static void requireVersion(RoutingContext ctx) {
        String version = ctx.request().getHeader(VERSION);
        if (version == null) {
            ctx.fail(invalid("anthropic-version: header is required"));
        } else if (!DATE.matcher(version).matches()) {
            ctx.fail(invalid("anthropic-version: \"" + BadParameter.echo(version) + "\" is not a valid version"));
        } else {
            ctx.response()
                    .putHeader("anthropic-organization-id", HttpFloor.call(ctx).tenant());
            ctx.next();
        }
    }

    private void message(RoutingContext ctx) {
        String id = RequestNames.message(HttpFloor.newTrace());
        // map, not onSuccess: what begin throws must become an answer
        read(ctx, body -> MessageParameters.of(body, id, bounds.strictParameters()))
                .map(parameters -> {
                    begin(ctx, parameters);
                    return parameters;
                })
                .onFailure(failure -> refuse(ctx, failure));
    }

    private void begin(RoutingContext ctx, MessageParameters parameters) {
        ChatRequest asked = parameters.request();
        ChatRequest request = asked.withHints(
                asked.hints().withHeaders(Hints.headersOf(ctx.request().headers())));
        ctx.response().putHeader("x-request-id", request.requestId());
        var limits = new RateLimitHeaders(ctx.response(), clock);
        exchanges.begin(
                ctx,
                request,
                Exchanges.named(ctx, request.requestId()),
                giveUp -> parameters.stream()
                        ? new StreamedMessage(ctx, parameters, limits, exchanges.writer(ctx, giveUp))
                        : new WholeMessage(ctx, parameters, limits));
    }

    private void count(RoutingContext ctx) {
        read(ctx, body -> MessageParameters.ofCount(body, "count", bounds.strictParameters()))
                .compose(request -> find(ctx, request.model())
                        .compose(model -> ctx.vertx().executeBlocking(() -> PromptTokens.of(request), false)))
                .onSuccess(tokens -> json(ctx, Json.write(json -> {
                    json.writeStartObject();
                    json.writeNumberField("input_tokens", tokens);
                    json.writeEndObject();
                })))
                .onFailure(failure -> refuse(ctx, failure));
    }

    /// The models that may be asked for messages.
    private Future<List<ServedModel>> chatting(RoutingContext ctx) {
        return service.models(HttpFloor.call(ctx))
                .map(models -> models.stream().filter(model -> !model.isWhole()).toList());
    }

    private void models(RoutingContext ctx) {
        int limit;
        try {
            limit = limit(ctx);
        } catch (BadParameter bad) {
            refuse(ctx, bad);
            return;
        }
        String after = ctx.request().getParam("after_id", "");
        String before = ctx.request().getParam("before_id", "");
        chatting(ctx)
                .onSuccess(models -> {
                    int from = after.isEmpty() ? 0 : indexOf(models, after).orElse(models.size() - 1) + 1;
                    int to = before.isEmpty()
                            ? models.size()
                            : indexOf(models, before).orElse(0);
                    // a page before an id ends there, every other one begins at its start
                    if (before.isEmpty()) {
                        to = Math.min(to, from + limit);
                    } else {
                        from = Math.max(from, to - limit);
                    }
                    from = Math.min(from, to);
                    boolean hasMore = before.isEmpty() ? to < models.size() : from > 0;
                    json(ctx, ModelInfoJson.page(models.subList(from, to), hasMore));
                })
                .onFailure(ctx::fail);
    }

    private static int limit(RoutingContext ctx) {
        String text = ctx.request().getParam("limit");
        if (text == null) {
            return MODELS_A_PAGE;
        }
        int limit;
        try {
            limit = Integer.parseInt(text);
        } catch (NumberFormatException broken) {
            throw MessageParameters.told("limit: Input should be a valid integer");
        }
        if (limit < 1) {
            throw BadParameter.below("limit", "integer", 1, text);
        }
        if (limit > MOST_MODELS_A_PAGE) {
            throw BadParameter.above("limit", "integer", MOST_MODELS_A_PAGE, text);
        }
        return limit;
    }

    private static OptionalInt indexOf(List<ServedModel> models, String name) {
        return IntStream.range(0, models.size())
                .filter(i -> models.get(i).name().equals(name))
                .findFirst();
    }

    private void model(RoutingContext ctx, String name) {
        find(ctx, name).onSuccess(model -> json(ctx, ModelInfoJson.one(model))).onFailure(ctx::fail);
    }

    private Future<ServedModel> find(RoutingContext ctx, String name) {
        return chatting(ctx)
                .map(models -> models.stream()
                        .filter(model -> model.name().equals(name))
                        .findFirst()
                        .orElseThrow(() ->
                                new Refused(Reason.NOT_FOUND, "model_not_found", "model: " + BadParameter.echo(name))));
    }

    private static <T> Future<T> read(RoutingContext ctx, Function<Parameters, T> form) {
        return Bodies.read(ctx, bytes -> form.apply(Parameters.ofBody(bytes)));
    }

    private static void refuse(RoutingContext ctx, Throwable failure) {
        if (failure instanceof BadParameter bad) {
            HttpFloor.refuse(ctx, AnthropicErrors.FORM, AnthropicErrors.refusal(bad));
        } else {
            ctx.fail(failure);
        }
    }

    private static Refused invalid(String sentence) {
        return new Refused(Reason.INVALID, "bad_request", sentence);
    }

    private static void json(RoutingContext ctx, Buffer body) {
        ctx.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(body)
                .onFailure(gone -> {});
    }
}
