package dev.pagoda.governance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.RunningPillar.Answer;
import dev.pagoda.governance.api.Governance;
import dev.pagoda.governance.api.GovernanceStatus.TenantUsage;
import dev.pagoda.governance.api.MeterReading;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.Principal.Role;
import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.api.UsageRecord.Outcome;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.metering.TierPrices;
import dev.pagoda.governance.store.StoreConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a client of the pillar's routes and ports sees, whichever database is behind it.
@Timeout(60)
abstract class PillarContract {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final long NOON_MICROS = NOON.toEpochMilli() * 1_000;
    private static final long HOUR_MICROS = 3_600_000_000L;

    private Instant now = NOON;
    private String admin = "";

    @SuppressWarnings("NullAway.Init")
    private RunningPillar running;

    abstract StoreConfig config();

    abstract Optional<Path> dataDir();

    private RunningPillar open() throws Exception {
        InstantSource clock = () -> now;
        return new RunningPillar(
                config(), dataDir(), new GovernanceConfig(4, 3, 3, 3, 100, Map.of(), TierPrices.defaults()), clock);
    }

    @BeforeEach
    void start() throws Exception {
        running = open();
        admin = running.pillar.takeFreshKey().orElseThrow();
    }

    @AfterEach
    void stop() throws Exception {
        running.close();
    }

    private static UsageRecord usage(String id, String model, long prompt, long completion, long startedMicros) {
        return new UsageRecord(id, "chat", model, prompt, completion, Outcome.COMPLETED, startedMicros, 1_000);
    }

    private long record(String tenant, UsageRecord usage) throws Exception {
        var principal = new Principal(tenant, "main", "main", "pgd-0123456789abcdef", Role.MEMBER);
        return RunningPillar.get(running.bus.ask(
                        Governance.RECORD_USAGE, usage, Call.within(principal, "trace", Duration.ofSeconds(10))))
                .costNanos();
    }

    private static String detail(Answer answer) {
        return answer.body().path("detail").asText();
    }

    private static String code(Answer answer) {
        return answer.body().path("title").asText();
    }

    @Test
    void firstStartReportsItsKeyOnceAndLaterStartsNone() throws Exception {
        assertEquals(Optional.empty(), running.pillar.takeFreshKey());
        running.close();
        running = open();

        assertEquals(Optional.empty(), running.pillar.takeFreshKey());
        assertEquals(200, running.get("/platform/tenants", admin).status());
    }

    @Test
    void everyRouteRefusesMissingAndWrongKeys() throws Exception {
        var wrong = admin.substring(0, 20) + "A".repeat(43);
        for (var path : List.of("tenants", "teams", "projects", "keys", "usage", "usage/records", "usage/meters")) {
            assertEquals(401, running.get("/platform/" + path, "").status(), path);
            assertEquals(401, running.get("/platform/" + path, wrong).status(), path);
            assertEquals(401, running.get("/platform/" + path, "pgd-nonsense").status(), path);
        }
    }

    @Test
    void unknownPathsAndMethodsAreNamedAsSuch() throws Exception {
        assertEquals(404, running.get("/platform/usage/nothing", admin).status());
        assertEquals(405, running.send("PUT", "/platform/tenants", admin, "{}").status());
        assertEquals(405, running.send("DELETE", "/platform/usage", admin, "").status());
    }

    @Test
    void makesTenantTeamProjectAndKeyThatAuthenticates() throws Exception {
        assertEquals(
                201,
                running.send("POST", "/platform/tenants", admin, "{\"name\":\"acme\"}")
                        .status());
        assertEquals(
                201,
                running.send("POST", "/platform/teams", admin, "{\"tenant\":\"acme\",\"name\":\"research\"}")
                        .status());
        assertEquals(
                201,
                running.send(
                                "POST",
                                "/platform/projects",
                                admin,
                                "{\"tenant\":\"acme\",\"team\":\"research\",\"name\":\"search\"}")
                        .status());
        var made = running.send(
                "POST",
                "/platform/keys",
                admin,
                "{\"tenant\":\"acme\",\"team\":\"research\",\"project\":\"search\",\"label\":\"ci\"}");
        assertEquals(201, made.status());
        var secret = made.body().path("secret").asText();
        assertTrue(secret.startsWith(made.body().path("key").path("id").asText()));
        assertEquals("member", made.body().path("key").path("role").asText());

        var principal = RunningPillar.get(running.pillar.authenticator().authenticate(secret))
                .orElseThrow();
        assertEquals(new Principal("acme", "research", "search", secret.substring(0, 20), Role.MEMBER), principal);
        var listed = running.get("/platform/keys", secret);
        assertEquals(1, listed.body().path("data").size());
        assertFalse(listed.body().toString().contains(secret), "a secret is shown once");
    }

    @Test
    void membersSeeTheirOwnTenantOnlyAndChangeNothing() throws Exception {
        var key = running.tenantWithKey("acme", Role.MEMBER);

        var tenants = running.get("/platform/tenants", key);
        assertEquals(
                "[\"acme\"]", tenants.body().path("data").findValues("name").toString());
        assertEquals(200, running.get("/platform/teams?tenant=acme", key).status());
        for (var path : List.of("teams", "projects", "keys", "usage", "usage/records", "usage/meters")) {
            var existing = running.get("/platform/" + path + "?tenant=demo", key);
            var invented = running.get("/platform/" + path + "?tenant=no-such-tenant", key);
            assertEquals(403, existing.status(), path);
            assertEquals(existing, invented, "the refusal must not tell whether the tenant exists");
        }
        for (var path : List.of("tenants", "teams", "projects", "keys")) {
            assertEquals(
                    403, running.send("POST", "/platform/" + path, key, "{}").status(), path);
        }
        assertEquals(
                403,
                running.send("DELETE", "/platform/keys/" + admin.substring(0, 20), key, "")
                        .status());
    }

    @Test
    void revokedKeyIsRefusedFromTheNextRequestOn() throws Exception {
        var key = running.tenantWithKey("acme", Role.MEMBER);
        assertEquals(200, running.get("/platform/usage", key).status());
        var path = "/platform/keys/" + key.substring(0, 20);

        assertEquals(204, running.send("DELETE", path, admin, "").status());
        assertEquals(401, running.get("/platform/usage", key).status());
        assertEquals(404, running.send("DELETE", path, admin, "").status());
        assertEquals(
                404,
                running.send("DELETE", "/platform/keys/nonsense%00", admin, "").status());
    }

    @Test
    void badBodiesAreRefusedWithTheReasonAndStoreNothing() throws Exception {
        var bodies = List.of(
                "",
                "{",
                "[]",
                "null",
                "{\"name\":\"Ünï\"}",
                "{\"name\":7.5}",
                "{\"nmae\":\"acme\"}",
                "{\"name\":\"\"}");
        for (var body : bodies) {
            var answer = running.send("POST", "/platform/tenants", admin, body);
            assertTrue(answer.status() == 400, body + " -> " + answer);
            assertNotEquals("", detail(answer), body);
        }
        assertEquals(
                400,
                running.send("POST", "/platform/tenants", admin, "{\"name\":\"platform\"}")
                        .status());
        assertEquals(
                413,
                running.send("POST", "/platform/tenants", admin, "{\"name\":\"" + "a".repeat(20_000) + "\"}")
                        .status());
        assertEquals(
                "unknown field 'nmae'; known are [name]",
                detail(running.send("POST", "/platform/tenants", admin, "{\"nmae\":\"acme\"}")));
        assertEquals(
                1, running.get("/platform/tenants", admin).body().path("data").size());
    }

    @Test
    void takenNamesMissingParentsAndFullTablesAreRefused() throws Exception {
        running.tenantWithKey("acme", Role.MEMBER);

        assertEquals("tenant_exists", code(running.send("POST", "/platform/tenants", admin, "{\"name\":\"acme\"}")));
        assertEquals(
                "tenant_not_found",
                code(running.send("POST", "/platform/teams", admin, "{\"tenant\":\"nobody\",\"name\":\"x\"}")));
        assertEquals(
                "team_not_found",
                code(running.send("POST", "/platform/projects", admin, "{\"team\":\"nobody\",\"name\":\"x\"}")));
        assertEquals(
                "project_not_found",
                code(running.send("POST", "/platform/keys", admin, "{\"team\":\"demo\",\"project\":\"x\"}")));
        assertEquals(
                "invalid_role",
                code(running.send(
                        "POST",
                        "/platform/keys",
                        admin,
                        "{\"team\":\"demo\",\"project\":\"demo\",\"role\":\"root\"}")));
        running.send("POST", "/platform/tenants", admin, "{\"name\":\"third\"}");
        running.send("POST", "/platform/tenants", admin, "{\"name\":\"fourth\"}");
        var full = running.send("POST", "/platform/tenants", admin, "{\"name\":\"fifth\"}");
        assertEquals(422, full.status());
        assertEquals("there are 4 tenants, the limit", detail(full));
    }

    @Test
    void usageIsPricedSummedAndListed() throws Exception {
        var key = running.tenantWithKey("acme", Role.MEMBER);
        assertEquals(1_000 * 40 + 10 * 100, record("acme", usage("r1", "Qwen2.5-7B-Instruct", 1_000, 10, NOON_MICROS)));
        assertEquals(500 * 8, record("acme", usage("r2", "all-MiniLM-L6-v2", 500, 0, NOON_MICROS - 30 * HOUR_MICROS)));
        record("demo", usage("r1", "Yi-1.5-34B-Chat", 7, 7, NOON_MICROS));

        var report = running.get("/platform/usage?group_by=model", key).body();
        assertEquals("acme", report.path("tenant").asText());
        assertEquals(2, report.path("total").path("requests").asLong());
        assertEquals(1_510, report.path("total").path("total_tokens").asLong());
        assertEquals(45_000, report.path("total").path("cost_nanos").asLong());
        assertEquals("0.000045000", report.path("total").path("cost_usd").asText());
        assertEquals(
                List.of("Qwen2.5-7B-Instruct", "all-MiniLM-L6-v2"),
                report.path("data").findValuesAsText("group"));

        var byDay = running.get("/platform/usage?group_by=day", key).body();
        assertEquals(List.of("2026-11-21", "2026-11-22"), byDay.path("data").findValuesAsText("group"));
        var byProject = running.get("/platform/usage?group_by=project", key).body();
        assertEquals(List.of("main/main"), byProject.path("data").findValuesAsText("group"));
        var today = running.get("/platform/usage?from=2026-11-22&to=2026-11-22T12:00:01Z", key)
                .body();
        assertEquals(1, today.path("total").path("requests").asLong());
        var failed = running.get("/platform/usage?outcome=failed", key).body();
        assertEquals(0, failed.path("total").path("requests").asLong());
        var other = running.get("/platform/usage?tenant=demo", admin).body();
        assertEquals(14 * 900, other.path("total").path("cost_nanos").asLong());

        var one = running.get("/platform/usage/records?request_id=r1", key).body();
        assertEquals(1, one.path("data").size());
        var entry = one.path("data").get(0);
        assertEquals("2026-11-22T12:00:00Z", entry.path("started_at").asText());
        assertEquals("completed", entry.path("outcome").asText());
        assertEquals(1_010, entry.path("total_tokens").asLong());
    }

    @Test
    void otherTenantsKeySeesNoUsage() throws Exception {
        var acme = running.tenantWithKey("acme", Role.MEMBER);
        record("demo", usage("r1", "m", 1, 1, NOON_MICROS));

        var report = running.get("/platform/usage?group_by=key", acme).body();
        assertEquals(0, report.path("total").path("requests").asLong());
        assertEquals(0, report.path("data").size());
        assertEquals(
                0,
                running.get("/platform/usage/records?request_id=r1", acme)
                        .body()
                        .path("data")
                        .size());
    }

    @Test
    void badParametersAreRefusedWithWhatWouldBeRight() throws Exception {
        var refusals = List.of(
                "usage?group_by=colour",
                "usage?from=yesterday",
                "usage?to=2026-13-01",
                "usage?from=2026-11-23&to=2026-11-22",
                "usage?outcome=lost",
                "usage?gruop_by=model",
                "usage?from=%00",
                "usage?to=+1000000000-12-31T23:59:59Z",
                "usage/records?limit=0",
                "usage/records?limit=1001",
                "usage/records?limit=many",
                "usage/records?cursor=!!",
                "usage/records?cursor=bm9wZQ",
                "usage/records?request_id=%00");
        for (var path : refusals) {
            var answer = running.get("/platform/" + path, admin);
            assertEquals(400, answer.status(), path + " -> " + answer);
            assertEquals("invalid_parameter", code(answer), path);
        }
        assertEquals(
                "group_by 'colour' is none of model, project, key, day, outcome, operation, tier",
                detail(running.get("/platform/usage?group_by=colour", admin)));
    }

    @Test
    void pagesOfRecordsJoinWithoutGapOrOverlap() throws Exception {
        var expected = new ArrayList<String>();
        for (int i = 0; i < 25; i++) {
            // five at the same moment, so that pages end among equals
            record("demo", usage("r" + (100 + i), "m", 1, 1, NOON_MICROS - i / 5));
            expected.add("r" + (100 + i));
        }
        var seen = new ArrayList<String>();
        var times = new ArrayList<String>();
        var cursor = "";
        do {
            var page = running.get("/platform/usage/records?limit=7" + cursor, admin)
                    .body();
            seen.addAll(page.path("data").findValuesAsText("request_id"));
            times.addAll(page.path("data").findValuesAsText("started_at"));
            cursor = page.path("next_cursor").isNull()
                    ? ""
                    : "&cursor=" + page.path("next_cursor").asText();
        } while (!cursor.isEmpty());

        assertEquals(25, seen.size());
        assertEquals(new TreeSet<>(expected), new TreeSet<>(new HashSet<>(seen)));
        assertEquals(times.stream().sorted(java.util.Comparator.reverseOrder()).toList(), times);
    }

    @Test
    void statusCountsTodayAndSurvivesARestart() throws Exception {
        record("acme", usage("r1", "*", 10, 20, NOON_MICROS));
        record("acme", usage("r2", "*", 100, 200, NOON_MICROS - 24 * HOUR_MICROS));
        record("demo", usage("r3", "*", 1, 1, NOON_MICROS));
        var expected = List.of(
                new TenantUsage("acme", 2, 110, 220, 66_000, 1, 30, 6_000),
                new TenantUsage("demo", 1, 1, 1, 400, 1, 2, 400));
        assertEquals(expected, status(Call.platform(Duration.ofSeconds(10))));
        running.close();
        running = open();

        assertEquals(expected, status(Call.platform(Duration.ofSeconds(10))));
        var demo = new Principal("demo", "demo", "demo", "pgd-0123456789abcdef", Role.ADMIN);
        assertEquals(
                List.of("demo"),
                status(Call.within(demo, "trace", Duration.ofSeconds(10))).stream()
                        .map(TenantUsage::tenant)
                        .toList());
        now = NOON.plus(Duration.ofHours(12));
        assertEquals(
                List.of(
                        new TenantUsage("acme", 2, 110, 220, 66_000, 0, 0, 0),
                        new TenantUsage("demo", 1, 1, 1, 400, 0, 0, 0)),
                status(Call.platform(Duration.ofSeconds(10))));
    }

    private List<TenantUsage> status(Call call) throws Exception {
        return RunningPillar.get(running.bus.ask(Governance.STATUS, new StatusQuery(), call))
                .tenants();
    }

    @Test
    void metersTellTenantsTokensAndMoney() throws Exception {
        record("acme", usage("r1", "*", 10, 20, NOON_MICROS));
        record("acme", usage("r1", "*", 10, 20, NOON_MICROS));

        var page = running.telemetry.scrape();
        assertTrue(page.contains("pagoda_usage_tokens_total{kind=\"completion\",tenant=\"acme\"} 20.0"), page);
        assertTrue(page.contains("pagoda_usage_requests_total{outcome=\"completed\",tenant=\"acme\"} 1.0"), page);
        assertTrue(page.contains("pagoda_usage_cost_dollars_total{tenant=\"acme\"} 6.0E-6"), page);
        assertTrue(page.contains("pagoda_store_commits_total"), page);
    }

    @Test
    void stoppedPillarServesNoPort() throws Exception {
        assertTrue(running.pillar.isReady());
        RunningPillar.get(running.pillar.stop());

        assertFalse(running.pillar.isReady());
        Assertions.assertThrows(Refused.class, () -> status(Call.platform(Duration.ofSeconds(10))));
    }

    private boolean read(String tenant, String project, MeterReading reading) throws Exception {
        var principal = new Principal(tenant, "main", project, "pgd-0123456789abcdef", Role.MEMBER);
        return RunningPillar.get(running.bus.ask(
                        Governance.RECORD_METERS, reading, Call.within(principal, "trace", Duration.ofSeconds(10))))
                .isFresh();
    }

    @Test
    void metersAddUpByProjectAndDayAndCountAReadingOnce() throws Exception {
        var first = new MeterReading("r1", Map.of("vectors.queries", 3L, "vectors.points", 10L), NOON_MICROS);
        assertTrue(read("demo", "a", first));
        assertFalse(read("demo", "a", first));
        assertTrue(read("demo", "b", new MeterReading("r2", Map.of("vectors.queries", 4L), NOON_MICROS)));
        assertTrue(read(
                "demo", "b", new MeterReading("r3", Map.of("vectors.queries", 5L), NOON_MICROS - 24 * HOUR_MICROS)));
        assertTrue(read("other", "a", new MeterReading("r1", Map.of("vectors.queries", 900L), NOON_MICROS)));

        assertEquals(
                "[{\"meter\":\"vectors.points\",\"group\":\"\",\"amount\":10},"
                        + "{\"meter\":\"vectors.queries\",\"group\":\"\",\"amount\":12}]",
                running.get("/platform/usage/meters", admin).body().path("data").toString());
        assertEquals(
                "[{\"meter\":\"vectors.points\",\"group\":\"main/a\",\"amount\":10},"
                        + "{\"meter\":\"vectors.queries\",\"group\":\"main/a\",\"amount\":3},"
                        + "{\"meter\":\"vectors.queries\",\"group\":\"main/b\",\"amount\":4}]",
                running.get("/platform/usage/meters?group_by=project&from=2026-11-22", admin)
                        .body()
                        .path("data")
                        .toString());
        assertEquals(
                400, running.get("/platform/usage/meters?group_by=model", admin).status());
    }
}
