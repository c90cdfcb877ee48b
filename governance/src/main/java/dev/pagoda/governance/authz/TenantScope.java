package dev.pagoda.governance.authz;

import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.ext.web.RoutingContext;

/// The tenant that a request is about: the caller's own, or for an administrator the one in `?tenant=`.
///
/// @param tenant its name; for an administrator not known to exist
public record TenantScope(String tenant) {
    /// @throws Refused `FORBIDDEN` when a member names another tenant, existing or not
    public static TenantScope of(RoutingContext ctx) {
        var principal = HttpFloor.call(ctx).principal();
        var named = ctx.request().getParam("tenant", principal.tenant());
        if (!principal.isAdmin() && !named.equals(principal.tenant())) {
            throw new Refused(Reason.FORBIDDEN, "other_tenant", "a member's key sees its own tenant only");
        }
        return new TenantScope(named);
    }
}
