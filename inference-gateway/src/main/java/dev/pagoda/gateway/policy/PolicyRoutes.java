package dev.pagoda.gateway.policy;

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
import java.util.List;
import java.util.Map;

/// One kind of policy at `/platform/KIND`: administrators set each tenant's, everybody sees its own.
public final class PolicyRoutes<P extends Record> {
    private static final long MAX_BODY_BYTES = 1 << 20;
    private static final int MAX_TENANT_CHARS = 200;
    private static final Duration WAIT = Duration.ofSeconds(30);

    private final PolicyBook<P> book;
    private final String path;

    /// @param path such as `/platform/guards`; its OpenAPI document is `/openapi/guards.json`
    public PolicyRoutes(PolicyBook<P> book, String path) {
        this.book = book;
        this.path = path;
    }

    private record PolicyBody(String tenant, Record policy) {}

    private record ListBody(List<PolicyBody> data) {}

    public void mount(Router root, HttpFloor http) {
        Router surface = http.surface(PlatformErrors.FORM, MAX_BODY_BYTES, WAIT);
        String one = path + "/:tenant";
        surface.get(path + "/openapi.json")
                .handler(PlatformDocument.of("/openapi" + path.substring(path.lastIndexOf('/')) + ".json"));
        surface.get(path).handler(this::list);
        surface.get(one).handler(this::find);
        surface.put(one).handler(this::put);
        surface.delete(one).handler(this::remove);
        HttpFloor.mount(root, surface, path);
    }

    private void list(RoutingContext ctx) {
        Principal principal = HttpFloor.call(ctx).principal();
        List<PolicyBody> visible = book.all().entrySet().stream()
                .filter(entry -> principal.isAdmin() || entry.getKey().equals(principal.tenant()))
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> new PolicyBody(entry.getKey(), entry.getValue()))
                .toList();
        PlatformJson.end(ctx, 200, new ListBody(visible));
    }

    private void find(RoutingContext ctx) {
        Principal principal = HttpFloor.call(ctx).principal();
        String tenant = ctx.pathParam("tenant");
        if (!principal.isAdmin() && !tenant.equals(principal.tenant())) {
            throw new Refused(Reason.FORBIDDEN, "other_tenant", "a member's key sees its own tenant only");
        }
        P policy = book.of(tenant);
        if (policy == null) {
            throw absent(tenant);
        }
        PlatformJson.end(ctx, 200, new PolicyBody(tenant, policy));
    }

    private void put(RoutingContext ctx) {
        requireAdmin(ctx);
        String tenant = ctx.pathParam("tenant");
        if (tenant.isBlank() || tenant.length() > MAX_TENANT_CHARS || tenant.indexOf('\0') >= 0) {
            throw new Refused(Reason.INVALID, "invalid_tenant", "the tenant's name is not 1 to 200 characters");
        }
        P policy = PlatformJson.read(ctx, book.type());
        book.put(tenant, policy)
                .onSuccess(done -> PlatformJson.end(ctx, 200, new PolicyBody(tenant, policy)))
                .onFailure(ctx::fail);
    }

    private void remove(RoutingContext ctx) {
        requireAdmin(ctx);
        String tenant = ctx.pathParam("tenant");
        book.remove(tenant)
                .map(removed -> {
                    if (!removed) {
                        throw absent(tenant);
                    }
                    return ctx.response().setStatusCode(204).end();
                })
                .onFailure(ctx::fail);
    }

    private Refused absent(String tenant) {
        return new Refused(Reason.NOT_FOUND, "policy_not_found", "tenant " + tenant + " has no policy at " + path);
    }

    private static void requireAdmin(RoutingContext ctx) {
        if (!HttpFloor.call(ctx).principal().isAdmin()) {
            throw new Refused(
                    Reason.FORBIDDEN, "admin_required", "this takes an administrator's key, yours is a member's");
        }
    }
}
