package dev.pagoda.governance.metering;

import static dev.pagoda.governance.RunningPillar.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.api.GovernanceStatus.TenantUsage;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.Principal.Role;
import dev.pagoda.governance.api.ServiceTier;
import dev.pagoda.governance.api.UsageBatch;
import dev.pagoda.governance.api.UsagePriced;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.api.UsageRecord.Outcome;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.metering.UsageReports.Selection;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the ledger guarantees, whichever database is behind it.
@Timeout(120)
abstract class LedgerContract {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final long NOW_MICROS = UsageLedger.micros(NOW);
    private static final List<String> MODELS = List.of("Qwen2.5-7B-Instruct", "all-MiniLM-L6-v2", "unheard-of");

    private final Vertx vertx = Vertx.vertx();
    private final PriceBook prices = PriceBook.shippedWith(Map.of(), TierPrices.defaults());
    private final ConcurrentLinkedQueue<UsageLedger.Booking> booked = new ConcurrentLinkedQueue<>();

    @SuppressWarnings("NullAway.Init")
    private Store store;

    @SuppressWarnings("NullAway.Init")
    private UsageLedger ledger;

    abstract StoreConfig config();

    abstract Optional<Path> dataDir();

    @BeforeEach
    void open() throws Exception {
        store = Store.open(vertx, config(), dataDir());
        store.migrate("governance");
        ledger = new UsageLedger(store, prices, () -> NOW, booked::addAll);
        get(ledger.restore());
    }

    @AfterEach
    void close() throws Exception {
        store.close();
        get(vertx.close());
    }

    private static Principal principal(String tenant, int project) {
        return new Principal(tenant, "team", "project-" + project, "pgd-" + project, Role.MEMBER);
    }

    private static UsageRecord usage(String id, long prompt, long completion) {
        return new UsageRecord(id, "chat", "unheard-of", prompt, completion, Outcome.COMPLETED, NOW_MICROS, 5);
    }

    private Sums total(String tenant) throws Exception {
        return get(new UsageReports(store)
                        .report(new Selection(tenant, 0, Long.MAX_VALUE, Optional.empty()), Optional.empty()))
                .total();
    }

    @Test
    void sameUsageAgainCountsOnceAndCostsTheSame() throws Exception {
        var first = get(ledger.record(principal("acme", 1), usage("r1", 10, 20)));
        var again = get(ledger.record(principal("acme", 1), usage("r1", 10, 20)));

        assertEquals(new UsagePriced(6_000), first);
        assertEquals(first, again);
        assertEquals(new Sums(1, 10, 20, 6_000), total("acme"));
        assertEquals(1, ledger.status(tenant -> true).tenants().getFirst().requests());
        assertEquals(1, booked.size());
    }

    @Test
    void aBatchCountsEachRequestOnceUnderItsOwnPrincipal() throws Exception {
        get(ledger.record(principal("acme", 1), usage("r1", 10, 20)));
        var batch = List.of(
                new UsageBatch.Entry(principal("acme", 1), usage("r1", 10, 20)),
                new UsageBatch.Entry(principal("acme", 2), usage("r2", 1, 2)),
                new UsageBatch.Entry(principal("acme", 2), usage("r2", 1, 2)),
                new UsageBatch.Entry(principal("acme", 2), usage("r1", 99, 99)),
                new UsageBatch.Entry(principal("beta", 3), usage("r1", 3, 4)));

        assertEquals(2, get(ledger.recordAll(batch)).fresh());
        assertEquals(0, get(ledger.recordAll(batch)).fresh());
        assertEquals(2, total("acme").requests());
        assertEquals(11, total("acme").promptTokens());
        assertEquals(3, total("beta").promptTokens());
        assertEquals(3, booked.size());
    }

    @Test
    void otherUsageUnderTheSameIdIsRefusedAndNothingOfItCounts() throws Exception {
        get(ledger.record(principal("acme", 1), usage("r1", 10, 20)));
        var refused = assertThrows(Refused.class, () -> get(ledger.record(principal("acme", 1), usage("r1", 10, 21))));

        assertEquals(Reason.CONFLICT, refused.refusal().reason());
        assertEquals(new Sums(1, 10, 20, 6_000), total("acme"));
    }

    @Test
    void tenantsMayUseTheSameRequestIds() throws Exception {
        get(ledger.record(principal("acme", 1), usage("r1", 10, 20)));
        get(ledger.record(principal("other", 1), usage("r1", 1, 2)));

        assertEquals(new Sums(1, 10, 20, 6_000), total("acme"));
        assertEquals(new Sums(1, 1, 2, 600), total("other"));
    }

    @Test
    void unbookableUsageIsRefused() {
        var wrong = List.of(
                usage("r1", UsageLedger.MAX_TOKENS + 1, 0),
                usage("r1", 0, UsageLedger.MAX_TOKENS + 1),
                usage("r\0001", 1, 1),
                new UsageRecord("r1", " ", "m", 1, 1, Outcome.FAILED, NOW_MICROS, 0),
                new UsageRecord("r1", "chat", "m".repeat(201), 1, 1, Outcome.FAILED, NOW_MICROS, 0),
                new UsageRecord("r1", "chat", "m", 1, 1, Outcome.FAILED, -1, 0),
                new UsageRecord("r1", "chat", "m", 1, 1, Outcome.FAILED, Long.MAX_VALUE, 0));
        for (var usage : wrong) {
            var refused = assertThrows(Refused.class, () -> get(ledger.record(principal("acme", 1), usage)));
            assertEquals(Reason.INVALID, refused.refusal().reason(), usage.toString());
        }
        assertEquals(List.of(), ledger.status(tenant -> true).tenants());
    }

    @Test
    void manyClientsAtOnceAddUpExactly() throws Exception {
        int clients = 64;
        int records = 5_000;
        var next = new AtomicInteger();
        var costs = new ConcurrentLinkedQueue<Long>();
        var threads = new ArrayList<Thread>();
        var failures = new ConcurrentLinkedQueue<Throwable>();
        for (int client = 0; client < clients; client++) {
            var principal = principal("acme", client);
            threads.add(Thread.ofVirtual().start(() -> {
                for (int i = next.getAndIncrement(); i < records; i = next.getAndIncrement()) {
                    try {
                        costs.add(get(ledger.record(principal, usage("r" + i, i, 2L * i)))
                                .costNanos());
                    } catch (Exception e) {
                        failures.add(e);
                    }
                }
            }));
        }
        for (var thread : threads) {
            thread.join();
        }

        assertEquals(List.of(), List.copyOf(failures));
        long tokens = (records - 1L) * records / 2;
        var expected = new Sums(records, tokens, 2 * tokens, 200 * 3 * tokens);
        assertEquals(expected, total("acme"));
        assertEquals(
                expected.costNanos(), costs.stream().mapToLong(Long::longValue).sum());
        assertEquals(
                new TenantUsage(
                        "acme",
                        records,
                        tokens,
                        2 * tokens,
                        expected.costNanos(),
                        records,
                        3 * tokens,
                        expected.costNanos()),
                ledger.status(tenant -> true).tenants().getFirst());
        assertTrue(store.commits() < records, () -> store.commits() + " commits shared nothing");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void everyWayToAddUpGivesTheSame(long seed) throws Exception {
        var random = new Random(seed);
        var sent = new TreeMap<String, Booked>();
        var pending = new ArrayList<Future<?>>();
        for (int i = 0; i < 300; i++) {
            var booked = i > 0 && random.nextInt(5) == 0
                    ? sent.values().stream()
                            .skip(random.nextInt(sent.size()))
                            .findFirst()
                            .orElseThrow()
                    : random(random, i);
            sent.put(booked.principal().tenant() + booked.usage().requestId(), booked);
            pending.add(ledger.record(booked.principal(), booked.usage()));
        }
        get(Future.all(pending));

        for (var tenant : List.of("a", "b", "c")) {
            var mine = sent.values().stream()
                    .filter(booked -> booked.principal().tenant().equals(tenant))
                    .toList();
            assertEquals(naive(mine), total(tenant), () -> tenant + ", seed " + seed);
            assertEquals(naive(mine), days(tenant), () -> "days of " + tenant + ", seed " + seed);
            for (var grouping : Grouping.values()) {
                assertEquals(naive(mine, grouping), groups(tenant, grouping), () -> grouping + ", seed " + seed);
            }
        }
        var restored = new UsageLedger(store, prices, () -> NOW, booking -> {});
        get(restored.restore());
        assertEquals(ledger.status(tenant -> true), restored.status(tenant -> true), () -> "seed " + seed);
    }

    /// A usage and who had it, with its cost worked out apart from the ledger.
    private record Booked(Principal principal, UsageRecord usage) {
        long cost() {
            return switch (usage.tier()) {
                case DEFAULT -> list();
                case PRIORITY -> 2 * list();
                // all list prices are even
                case FLEX, BATCH -> list() / 2;
            };
        }

        private long list() {
            return switch (usage.model()) {
                case "Qwen2.5-7B-Instruct" -> 40 * usage.promptTokens() + 100 * usage.completionTokens();
                case "all-MiniLM-L6-v2" -> 8 * usage.promptTokens();
                default -> 200 * (usage.promptTokens() + usage.completionTokens());
            };
        }

        String group(Grouping grouping) {
            return switch (grouping) {
                case MODEL -> usage.model();
                case PROJECT -> principal.team() + "/" + principal.project();
                case KEY -> principal.key();
                case DAY ->
                    Instant.ofEpochMilli(usage.startedMicros() / 1_000)
                            .toString()
                            .substring(0, 10);
                case OUTCOME -> usage.outcome().name().toLowerCase(java.util.Locale.ROOT);
                case OPERATION -> usage.operation();
                case TIER -> usage.tier().text();
            };
        }
    }

    private static Booked random(Random random, int id) {
        return new Booked(
                principal(List.of("a", "b", "c").get(random.nextInt(3)), random.nextInt(4)),
                new UsageRecord(
                        "r" + id,
                        random.nextBoolean() ? "chat" : "embeddings",
                        MODELS.get(random.nextInt(MODELS.size())),
                        random.nextLong(100_000),
                        random.nextLong(10_000),
                        List.of(Outcome.values()).get(random.nextInt(3)),
                        NOW_MICROS - random.nextLong(5 * UsageLedger.MICROS_PER_DAY),
                        random.nextLong(1_000_000),
                        List.of(ServiceTier.values()).get(random.nextInt(4))));
    }

    private static Sums naive(List<Booked> all) {
        long prompt = 0;
        long completion = 0;
        long cost = 0;
        for (var booked : all) {
            prompt += booked.usage().promptTokens();
            completion += booked.usage().completionTokens();
            cost += booked.cost();
        }
        return new Sums(all.size(), prompt, completion, cost);
    }

    private static Map<String, Sums> naive(List<Booked> all, Grouping grouping) {
        return all.stream().collect(Collectors.groupingBy(booked -> booked.group(grouping))).entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, group -> naive(group.getValue())));
    }

    private Map<String, Sums> groups(String tenant, Grouping grouping) throws Exception {
        return get(new UsageReports(store)
                        .report(new Selection(tenant, 0, Long.MAX_VALUE, Optional.empty()), Optional.of(grouping)))
                .groups()
                .stream()
                .collect(Collectors.toMap(UsageReports.Group::label, UsageReports.Group::sums));
    }

    private Sums days(String tenant) throws Exception {
        Function<String, String> sum = column -> "CAST(COALESCE(SUM(" + column + "), 0) AS BIGINT)";
        return get(store.read(handle -> handle.createQuery("SELECT " + sum.apply("requests") + ", "
                        + sum.apply("prompt_tokens") + ", " + sum.apply("completion_tokens") + ", "
                        + sum.apply("cost_nanos") + " FROM usage_day WHERE tenant = ?")
                .bind(0, tenant)
                .map((row, context) -> new Sums(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4)))
                .one()));
    }
}
