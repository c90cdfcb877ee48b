package dev.pagoda.governance.authz;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.Principal.Role;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.PlatformErrors;
import dev.pagoda.governance.http.PlatformJson;
import io.vertx.core.Future;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `/platform/tenants`, `/platform/teams`, `/platform/projects` and `/platform/keys`.
///
/// An administrator's key changes and sees everything. A member's key sees its own tenant; for any other tenant it gets
/// the same 403, whether that tenant exists or not.
public final class TenancyRoutes {
    private static final String TENANTS = "/platform/tenants";
    private static final String TEAMS = "/platform/teams";
    private static final String PROJECTS = "/platform/projects";
    private static final String KEYS = "/platform/keys";
    private static final long MAX_BODY_BYTES = 16 * 1024;
    private static final Duration WAIT = Duration.ofSeconds(10);

    private final Tenancy tenancy;

    public TenancyRoutes(Tenancy tenancy) {
        this.tenancy = tenancy;
    }

    private record NewTenant(@Nullable String name) {}

    private record NewTeam(
            @Nullable String tenant, @Nullable String name) {}

    private record NewProject(
            @Nullable String tenant,
            @Nullable String team,
            @Nullable String name) {}

    private record NewKey(
            @Nullable String tenant,
            @Nullable String team,
            @Nullable String project,
            @Nullable String role,
            @Nullable String label) {}

    private record Listing(List<? extends Record> data) {}

    private record TenantView(String name, String createdAt) {
        TenantView(Tenancy.Tenant tenant) {
            this(tenant.name(), tenant.createdAt().toString());
        }
    }

    private record TeamView(String tenant, String name, String createdAt) {
        TeamView(Tenancy.Team team) {
            this(team.tenant(), team.name(), team.createdAt().toString());
        }
    }

    private record ProjectView(String tenant, String team, String name, String createdAt) {
        ProjectView(Tenancy.Project project) {
            this(
                    project.tenant(),
                    project.team(),
                    project.name(),
                    project.createdAt().toString());
        }
    }

    private record KeyView(
            String id, String tenant, String team, String project, String role, String label, String createdAt) {
        KeyView(Tenancy.Key key) {
            this(
                    key.id(),
                    key.tenant(),
                    key.team(),
                    key.project(),
                    key.role().name().toLowerCase(Locale.ROOT),
                    key.label(),
                    key.createdAt().toString());
        }
    }

    /// The answer to a new key; `secret` is shown here and nowhere else.
    private record FreshKeyView(KeyView key, String secret) {}

    public void mount(Router root, HttpFloor http) {
        var surface = http.surface(PlatformErrors.FORM, MAX_BODY_BYTES, WAIT);
        surface.get(TENANTS).handler(this::listTenants);
        surface.post(TENANTS).handler(this::createTenant);
        surface.get(TEAMS).handler(ctx -> list(ctx, tenancy::teams, TeamView::new));
        surface.post(TEAMS).handler(this::createTeam);
        surface.get(PROJECTS).handler(ctx -> list(ctx, tenancy::projects, ProjectView::new));
        surface.post(PROJECTS).handler(this::createProject);
        surface.get(KEYS).handler(ctx -> list(ctx, tenancy::keys, KeyView::new));
        surface.post(KEYS).handler(this::createKey);
        surface.delete(KEYS + "/:id").handler(this::revokeKey);
        HttpFloor.mount(root, surface, TENANTS, TEAMS, PROJECTS, KEYS);
    }

    private void listTenants(RoutingContext ctx) {
        var principal = HttpFloor.call(ctx).principal();
        answer(
                ctx,
                200,
                tenancy.tenants()
                        .map(all -> new Listing(all.stream()
                                .filter(tenant ->
                                        principal.isAdmin() || tenant.name().equals(principal.tenant()))
                                .map(TenantView::new)
                                .toList())));
    }

    private <T> void list(
            RoutingContext ctx, Function<String, Future<List<T>>> listed, Function<T, ? extends Record> view) {
        var tenant = tenantOf(ctx);
        answer(
                ctx,
                200,
                listed.apply(tenant)
                        .map(all -> new Listing(all.stream().map(view).toList())));
    }

    private void createTenant(RoutingContext ctx) {
        requireAdmin(ctx);
        var wanted = PlatformJson.read(ctx, NewTenant.class);
        answer(ctx, 201, tenancy.createTenant(field("name", wanted.name())).map(TenantView::new));
    }

    private void createTeam(RoutingContext ctx) {
        var principal = requireAdmin(ctx);
        var wanted = PlatformJson.read(ctx, NewTeam.class);
        answer(
                ctx,
                201,
                tenancy.createTeam(or(wanted.tenant(), principal.tenant()), field("name", wanted.name()))
                        .map(TeamView::new));
    }

    private void createProject(RoutingContext ctx) {
        var principal = requireAdmin(ctx);
        var wanted = PlatformJson.read(ctx, NewProject.class);
        answer(
                ctx,
                201,
                tenancy.createProject(
                                or(wanted.tenant(), principal.tenant()),
                                field("team", wanted.team()),
                                field("name", wanted.name()))
                        .map(ProjectView::new));
    }

    private void createKey(RoutingContext ctx) {
        var principal = requireAdmin(ctx);
        var wanted = PlatformJson.read(ctx, NewKey.class);
        answer(
                ctx,
                201,
                tenancy.createKey(
                                or(wanted.tenant(), principal.tenant()),
                                field("team", wanted.team()),
                                field("project", wanted.project()),
                                role(or(wanted.role(), "member")),
                                or(wanted.label(), ""))
                        .map(fresh -> new FreshKeyView(
                                new KeyView(fresh.key()), fresh.secret().text())));
    }

    private void revokeKey(RoutingContext ctx) {
        requireAdmin(ctx);
        tenancy.revokeKey(ctx.pathParam("id"))
                .onSuccess(done -> ctx.response().setStatusCode(204).end())
                .onFailure(ctx::fail);
    }

    private static void answer(RoutingContext ctx, int status, Future<? extends Record> value) {
        value.onSuccess(body -> PlatformJson.end(ctx, status, body)).onFailure(ctx::fail);
    }

    private static Principal requireAdmin(RoutingContext ctx) {
        var principal = HttpFloor.call(ctx).principal();
        if (!principal.isAdmin()) {
            throw new Refused(
                    Reason.FORBIDDEN, "admin_required", "this takes an administrator's key, yours is a member's");
        }
        return principal;
    }

    private static String tenantOf(RoutingContext ctx) {
        return TenantScope.of(ctx).tenant();
    }

    private static Role role(String text) {
        return Arrays.stream(Role.values())
                .filter(role -> role.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst()
                .orElseThrow(() -> new Refused(
                        Reason.INVALID,
                        "invalid_role",
                        "role must be one of "
                                + Arrays.stream(Role.values())
                                        .map(role -> role.name().toLowerCase(Locale.ROOT))
                                        .collect(Collectors.joining(", "))));
    }

    private static String field(String name, @Nullable String value) {
        if (value == null || value.isEmpty()) {
            throw new Refused(Reason.INVALID, "missing_field", "the field '" + name + "' is missing");
        }
        return value;
    }

    private static String or(@Nullable String value, String otherwise) {
        return value == null || value.isEmpty() ? otherwise : value;
    }
}
