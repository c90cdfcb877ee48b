package dev.pagoda.governance.authz;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.Principal.Role;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.Authenticator;
import dev.pagoda.governance.store.Store;
import io.vertx.core.Future;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Handle;

/// Enterprises (tenants), their teams, projects and API keys.
///
/// Refuses with `NOT_FOUND`, `CONFLICT`, `INVALID` and, at a limit, `UNPROCESSABLE`. Whether the caller may do what it
/// asks is decided before, by the routes. Safe from any thread.
public final class Tenancy {
    /// Tenant, team and project that the first start makes.
    public static final String DEMO = "demo";

    /// Labels are for people; this is a line of text.
    static final int MAX_LABEL_CHARS = 200;

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    private final Store store;
    private final Limits limits;
    private final InstantSource clock;
    private final ApiKeys keys;
    private final SecureRandom random = new SecureRandom();

    public Tenancy(Store store, Limits limits, InstantSource clock) {
        this.store = store;
        this.limits = limits;
        this.clock = clock;
        this.keys = new ApiKeys(store, limits.cachedKeys());
    }

    /// What bounds the tables and the cache.
    ///
    /// @param tenants          enterprises on the platform
    /// @param teamsOfTenant    teams of one tenant
    /// @param projectsOfTenant projects of one tenant, over all of its teams
    /// @param keysOfTenant     keys of one tenant that are not revoked
    /// @param cachedKeys       keys held in memory
    public record Limits(int tenants, int teamsOfTenant, int projectsOfTenant, int keysOfTenant, int cachedKeys) {}

    /// A tenant as it is listed.
    public record Tenant(String name, Instant createdAt) {}

    /// A team as it is listed.
    public record Team(String tenant, String name, Instant createdAt) {}

    /// A project as it is listed.
    public record Project(String tenant, String team, String name, Instant createdAt) {}

    /// An API key as it is listed, without its secret.
    public record Key(
            String id, String tenant, String team, String project, Role role, String label, Instant createdAt) {}

    /// A key right after it was made: the only moment at which its secret exists outside of the client.
    public record FreshKey(Key key, ApiKey secret) {}

    public Authenticator authenticator() {
        return keys;
    }

    /// Makes the tenant `demo` with one administrator's key when there is no tenant at all.
    ///
    /// @return the secret of that key, this once; empty at every later start
    public Future<Optional<String>> bootstrap() {
        return store.write(handle -> {
            if (count(handle, "SELECT COUNT(*) FROM tenant") > 0) {
                return Optional.empty();
            }
            insertTenant(handle, DEMO);
            insertTeam(handle, DEMO, DEMO);
            insertProject(handle, DEMO, DEMO, DEMO);
            var fresh = insertKey(handle, DEMO, DEMO, DEMO, Role.ADMIN, "first start");
            return Optional.of(fresh.secret().text());
        });
    }

    public Future<Tenant> createTenant(String name) {
        return store.write(handle -> {
            requireName("tenant", name);
            if (name.equals(Principal.PLATFORM_TENANT)) {
                throw new Refused(Reason.INVALID, "reserved_name", "the name '" + name + "' is the platform's own");
            }
            atMost(limits.tenants(), count(handle, "SELECT COUNT(*) FROM tenant"), "tenants");
            return insertTenant(handle, name);
        });
    }

    public Future<Team> createTeam(String tenant, String name) {
        return store.write(handle -> {
            requireName("team", name);
            requireTenant(handle, tenant);
            atMost(
                    limits.teamsOfTenant(),
                    count(handle, "SELECT COUNT(*) FROM team WHERE tenant = ?", tenant),
                    "teams of " + tenant);
            return insertTeam(handle, tenant, name);
        });
    }

    public Future<Project> createProject(String tenant, String team, String name) {
        return store.write(handle -> {
            requireName("project", name);
            requireTenant(handle, tenant);
            require(
                    count(handle, "SELECT COUNT(*) FROM team WHERE tenant = ? AND name = ?", tenant, team),
                    "team_not_found",
                    "tenant " + tenant + " has no team '" + team + "'");
            atMost(
                    limits.projectsOfTenant(),
                    count(handle, "SELECT COUNT(*) FROM project WHERE tenant = ?", tenant),
                    "projects of " + tenant);
            return insertProject(handle, tenant, team, name);
        });
    }

    public Future<FreshKey> createKey(String tenant, String team, String project, Role role, String label) {
        return store.write(handle -> {
            requireLabel(label);
            requireTenant(handle, tenant);
            require(
                    count(
                            handle,
                            "SELECT COUNT(*) FROM project WHERE tenant = ? AND team = ? AND name = ?",
                            tenant,
                            team,
                            project),
                    "project_not_found",
                    "tenant " + tenant + " has no project '" + project + "' in a team '" + team + "'");
            atMost(
                    limits.keysOfTenant(),
                    count(handle, "SELECT COUNT(*) FROM api_key WHERE tenant = ? AND revoked_micros IS NULL", tenant),
                    "keys of " + tenant);
            return insertKey(handle, tenant, team, project, role, label);
        });
    }

    /// Revokes a key; when the future completes no request passes with it any more.
    public Future<Void> revokeKey(String id) {
        return store.<Integer>write(handle -> ApiKey.isId(id)
                        ? handle.execute(
                                "UPDATE api_key SET revoked_micros = ? WHERE id = ? AND revoked_micros IS NULL",
                                now(),
                                id)
                        : 0)
                .map(rows -> {
                    require(rows, "key_not_found", "there is no key '" + id + "' that is in force");
                    keys.evict(id);
                    return rows;
                })
                .mapEmpty();
    }

    public Future<List<Tenant>> tenants() {
        return store.read(handle -> handle.createQuery("SELECT name, created_micros FROM tenant ORDER BY name")
                .map((row, context) -> new Tenant(row.getString(1), instant(row.getLong(2))))
                .list());
    }

    public Future<List<Team>> teams(String tenant) {
        return store.read(handle -> {
            requireTenant(handle, tenant);
            return handle.createQuery("SELECT name, created_micros FROM team WHERE tenant = ? ORDER BY name")
                    .bind(0, tenant)
                    .map((row, context) -> new Team(tenant, row.getString(1), instant(row.getLong(2))))
                    .list();
        });
    }

    public Future<List<Project>> projects(String tenant) {
        return store.read(handle -> {
            requireTenant(handle, tenant);
            return handle.createQuery(
                            "SELECT team, name, created_micros FROM project WHERE tenant = ? ORDER BY team, name")
                    .bind(0, tenant)
                    .map((row, context) ->
                            new Project(tenant, row.getString(1), row.getString(2), instant(row.getLong(3))))
                    .list();
        });
    }

    /// The tenant's keys that are in force, oldest first.
    public Future<List<Key>> keys(String tenant) {
        return store.read(handle -> {
            requireTenant(handle, tenant);
            return handle.createQuery("SELECT id, team, project, role, label, created_micros FROM api_key"
                            + " WHERE tenant = ? AND revoked_micros IS NULL ORDER BY created_micros, id")
                    .bind(0, tenant)
                    .map((row, context) -> new Key(
                            row.getString(1),
                            tenant,
                            row.getString(2),
                            row.getString(3),
                            Role.valueOf(row.getString(4).toUpperCase(Locale.ROOT)),
                            row.getString(5),
                            instant(row.getLong(6))))
                    .list();
        });
    }

    private Tenant insertTenant(Handle handle, String name) {
        long now = now();
        unique(
                handle.execute(
                        "INSERT INTO tenant (name, created_micros) VALUES (?, ?) ON CONFLICT DO NOTHING", name, now),
                "tenant",
                name);
        return new Tenant(name, instant(now));
    }

    private Team insertTeam(Handle handle, String tenant, String name) {
        long now = now();
        unique(
                handle.execute(
                        "INSERT INTO team (tenant, name, created_micros) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                        tenant,
                        name,
                        now),
                "team",
                name);
        return new Team(tenant, name, instant(now));
    }

    private Project insertProject(Handle handle, String tenant, String team, String name) {
        long now = now();
        unique(
                handle.execute(
                        "INSERT INTO project (tenant, team, name, created_micros) VALUES (?, ?, ?, ?)"
                                + " ON CONFLICT DO NOTHING",
                        tenant,
                        team,
                        name,
                        now),
                "project",
                name);
        return new Project(tenant, team, name, instant(now));
    }

    private FreshKey insertKey(Handle handle, String tenant, String team, String project, Role role, String label) {
        long now = now();
        var secret = ApiKey.random(random);
        handle.execute(
                "INSERT INTO api_key (id, sha256, tenant, team, project, role, label, created_micros)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                secret.id(),
                HexFormat.of().formatHex(secret.sha256()),
                tenant,
                team,
                project,
                role.name().toLowerCase(Locale.ROOT),
                label,
                now);
        return new FreshKey(new Key(secret.id(), tenant, team, project, role, label, instant(now)), secret);
    }

    /// Rows that match names; none do when one of them could not be a name, and PostgreSQL is not asked about it.
    private static int count(Handle handle, String sql, String... names) {
        var query = handle.createQuery(sql);
        for (int i = 0; i < names.length; i++) {
            if (!NAME.matcher(names[i]).matches()) {
                return 0;
            }
            query.bind(i, names[i]);
        }
        return query.mapTo(Integer.class).one();
    }

    private static void requireTenant(Handle handle, String tenant) {
        require(
                count(handle, "SELECT COUNT(*) FROM tenant WHERE name = ?", tenant),
                "tenant_not_found",
                "there is no tenant '" + tenant + "'");
    }

    private static void requireLabel(String label) {
        if (label.length() > MAX_LABEL_CHARS || label.chars().anyMatch(Character::isISOControl)) {
            throw new Refused(
                    Reason.INVALID,
                    "invalid_label",
                    "label must be one line of at most " + MAX_LABEL_CHARS + " characters, it has " + label.length());
        }
    }

    private static void require(int rows, String code, String message) {
        if (rows == 0) {
            throw new Refused(Reason.NOT_FOUND, code, message);
        }
    }

    private static void unique(int inserted, String kind, String name) {
        if (inserted == 0) {
            throw new Refused(Reason.CONFLICT, kind + "_exists", "there is a " + kind + " '" + name + "' already");
        }
    }

    private static void atMost(int limit, int present, String what) {
        if (present >= limit) {
            throw new Refused(
                    Reason.UNPROCESSABLE, "limit_reached", "there are " + present + " " + what + ", the limit");
        }
    }

    private static void requireName(String kind, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new Refused(
                    Reason.INVALID,
                    "invalid_name",
                    "the " + kind + "'s name must be of the form [a-z0-9][a-z0-9-]{0,62}, it is '"
                            + name.substring(0, Math.min(name.length(), 80)) + "'");
        }
    }

    private long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
