package dev.pagoda.gateway.limit;

import dev.pagoda.gateway.protocol.PlatformDocument;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.PlatformErrors;
import dev.pagoda.governance.http.PlatformJson;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// `/platform/limits`: administrators set and remove limits, everybody sees those of their own tenant.
public final class LimitRoutes {
    private static final String LIMITS = "/platform/limits";
    private static final long MAX_BODY_BYTES = 64 << 10;
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final Set<String> SCOPE_PARAMETERS = Set.of("tenant", "team", "project", "key", "model");

    private final LimitSettings settings;

    public LimitRoutes(LimitSettings settings) {
        this.settings = settings;
    }

    private record LimitBody(
            @Nullable String tenant,
            @Nullable String team,
            @Nullable String project,
            @Nullable String key,
            @Nullable String model,
            @Nullable Long requestsPerMinute,
            @Nullable Long tokensPerMinute,
            @Nullable Integer concurrent,
            @Nullable Integer weight) {
        static LimitBody of(LimitRule rule) {
            LimitScope scope = rule.scope();
            return new LimitBody(
                    orNull(scope.tenant()),
                    orNull(scope.team()),
                    orNull(scope.project()),
                    orNull(scope.key()),
                    orNull(scope.model()),
                    rule.requestsPerMinute(),
                    rule.tokensPerMinute(),
                    rule.concurrent(),
                    rule.weight());
        }

        LimitRule rule() {
            try {
                return new LimitRule(
                        new LimitScope(orEmpty(tenant), orEmpty(team), orEmpty(project), orEmpty(key), orEmpty(model)),
                        requestsPerMinute,
                        tokensPerMinute,
                        concurrent,
                        weight);
            } catch (IllegalArgumentException wrong) {
                throw invalid(wrong);
            }
        }
    }

    private record UsedBody(long requests, long tokens, int concurrent) {}

    private record StandingBody(LimitBody limit, UsedBody used) {}

    private record ListBody(List<StandingBody> data) {}

    public void mount(Router root, HttpFloor http) {
        Router surface = http.surface(PlatformErrors.FORM, MAX_BODY_BYTES, WAIT);
        surface.get(LIMITS + "/openapi.json").handler(PlatformDocument.of("/openapi/limits.json"));
        surface.get(LIMITS).handler(this::list);
        surface.put(LIMITS).handler(this::put);
        surface.delete(LIMITS).handler(this::remove);
        HttpFloor.mount(root, surface, LIMITS);
    }

    private void list(RoutingContext ctx) {
        Principal principal = HttpFloor.call(ctx).principal();
        requireKnown(ctx, Set.of("tenant"));
        String tenant = ctx.request().getParam("tenant");
        if (!principal.isAdmin() && tenant != null && !tenant.equals(principal.tenant())) {
            throw new Refused(Reason.FORBIDDEN, "other_tenant", "a member's key sees its own tenant only");
        }
        String named = tenant == null && !principal.isAdmin() ? principal.tenant() : tenant;
        Predicate<LimitScope> visible = scope -> named == null || scope.tenant().equals(named);
        List<StandingBody> standing = settings.use(visible, System.nanoTime()).stream()
                .sorted(Comparator.comparing(use -> order(use.rule().scope())))
                .map(use -> new StandingBody(
                        LimitBody.of(use.rule()), new UsedBody(use.requests(), use.tokens(), use.open())))
                .toList();
        PlatformJson.end(ctx, 200, new ListBody(standing));
    }

    private void put(RoutingContext ctx) {
        requireAdmin(ctx);
        LimitRule rule = PlatformJson.read(ctx, LimitBody.class).rule();
        settings.put(rule)
                .onSuccess(isFresh -> PlatformJson.end(ctx, isFresh ? 201 : 200, LimitBody.of(rule)))
                .onFailure(ctx::fail);
    }

    private void remove(RoutingContext ctx) {
        requireAdmin(ctx);
        requireKnown(ctx, SCOPE_PARAMETERS);
        LimitScope scope;
        try {
            scope = new LimitScope(
                    parameter(ctx, "tenant"),
                    parameter(ctx, "team"),
                    parameter(ctx, "project"),
                    parameter(ctx, "key"),
                    parameter(ctx, "model"));
        } catch (IllegalArgumentException wrong) {
            throw invalid(wrong);
        }
        settings.remove(scope)
                .map(removed -> {
                    if (!removed) {
                        throw new Refused(Reason.NOT_FOUND, "limit_not_found", "no limit of exactly this scope is set");
                    }
                    return ctx.response().setStatusCode(204).end();
                })
                .onFailure(ctx::fail);
    }

    private static String order(LimitScope scope) {
        return String.join("\0", scope.tenant(), scope.team(), scope.project(), scope.key(), scope.model());
    }

    private static void requireAdmin(RoutingContext ctx) {
        if (!HttpFloor.call(ctx).principal().isAdmin()) {
            throw new Refused(
                    Reason.FORBIDDEN, "admin_required", "this takes an administrator's key, yours is a member's");
        }
    }

    private static void requireKnown(RoutingContext ctx, Set<String> known) {
        for (Map.Entry<String, String> parameter : ctx.request().params()) {
            if (!known.contains(parameter.getKey())) {
                throw new Refused(
                        Reason.INVALID,
                        "invalid_parameter",
                        "unknown parameter '" + parameter.getKey() + "'; known are "
                                + known.stream().sorted().toList());
            }
        }
    }

    private static String parameter(RoutingContext ctx, String name) {
        return orEmpty(ctx.request().getParam(name));
    }

    private static Refused invalid(IllegalArgumentException wrong) {
        return new Refused(Reason.INVALID, "invalid_limit", String.valueOf(wrong.getMessage()));
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
