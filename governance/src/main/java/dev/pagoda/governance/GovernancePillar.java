package dev.pagoda.governance;

import dev.pagoda.governance.api.BatchPriced;
import dev.pagoda.governance.api.Governance;
import dev.pagoda.governance.api.UsageBatch;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.authz.Tenancy;
import dev.pagoda.governance.authz.TenancyRoutes;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.bus.Registration;
import dev.pagoda.governance.http.Authenticator;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.metering.MeterBook;
import dev.pagoda.governance.metering.PriceBook;
import dev.pagoda.governance.metering.UsageLedger;
import dev.pagoda.governance.metering.UsageRoutes;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.telemetry.Telemetry;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/// The governance pillar as the platform runs it: ports, routes and meters over tenancy and the usage ledger.
///
/// Order of use: construct, [#start], [#mount] with an [HttpFloor] over [#authenticator], and at the end
/// [#stop]. It opens nothing itself; the store is the caller's to close.
public final class GovernancePillar {
    private final Ground ground;
    private final Tenancy tenancy;
    private final UsageLedger ledger;
    private final MeterBook meters;
    private final List<Registration> registrations = new CopyOnWriteArrayList<>();
    private final AtomicReference<Optional<String>> freshKey = new AtomicReference<>(Optional.empty());

    /// What the pillar stands on.
    public record Ground(Vertx vertx, Store store, Bus bus, Telemetry telemetry) {}

    public GovernancePillar(Ground ground, GovernanceConfig config, InstantSource clock) {
        this.ground = ground;
        this.tenancy = new Tenancy(
                ground.store(),
                new Tenancy.Limits(
                        config.maxTenants(),
                        config.maxTeamsPerTenant(),
                        config.maxProjectsPerTenant(),
                        config.maxKeysPerTenant(),
                        config.cachedKeys()),
                clock);
        this.ledger = new UsageLedger(
                ground.store(), PriceBook.shippedWith(config.prices(), config.tiers()), clock, this::count);
        this.meters = new MeterBook(ground.store(), clock);
    }

    /// Brings the tables up to date, makes the demo tenant on the first start, restores the totals and serves
    /// the ports.
    public Future<Void> start() {
        return ground.vertx()
                .executeBlocking(() -> {
                    ground.store().migrate("governance");
                    return true;
                })
                .compose(migrated -> tenancy.bootstrap())
                .onSuccess(freshKey::set)
                .compose(key -> ledger.restore())
                .onSuccess(restored -> {
                    registrations.add(ground.bus()
                            .serve(Governance.RECORD_USAGE, (usage, call) -> ledger.record(call.principal(), usage)));
                    registrations.add(ground.bus().serve(Governance.RECORD_BATCH, this::recordBatch));
                    registrations.add(ground.bus()
                            .serve(
                                    Governance.RECORD_METERS,
                                    (reading, call) -> meters.record(call.principal(), reading)));
                    registrations.add(ground.bus()
                            .serve(
                                    Governance.STATUS,
                                    (query, call) -> Future.succeededFuture(ledger.status(
                                            tenant -> call.principal().isPlatform() || tenant.equals(call.tenant())))));
                    observeStore();
                });
    }

    /// Whether [#start] has completed and [#stop] has not begun.
    public boolean isReady() {
        return !registrations.isEmpty();
    }

    public Authenticator authenticator() {
        return tenancy.authenticator();
    }

    /// Tenants, teams, projects and keys, for whoever administers the platform from within.
    public Tenancy tenancy() {
        return tenancy;
    }

    /// The demo key that the first start made: present once, for the one caller that shows it.
    public Optional<String> takeFreshKey() {
        return freshKey.getAndSet(Optional.empty());
    }

    /// Adds the routes below `/platform/{tenants,teams,projects,keys,usage}`.
    public void mount(Router root, HttpFloor http) {
        new TenancyRoutes(tenancy).mount(root, http);
        new UsageRoutes(ground.store(), meters).mount(root, http);
    }

    /// Withdraws the ports. What was recorded is durable already.
    public Future<Void> stop() {
        var withdrawn = registrations.stream().map(Registration::withdraw).toList();
        registrations.clear();
        return Future.all(withdrawn).mapEmpty();
    }

    private void count(List<UsageLedger.Booking> bookings) {
        Map<Counted, long[]> sums = new HashMap<>();
        for (UsageLedger.Booking booking : bookings) {
            var usage = booking.usage();
            long[] sum = sums.computeIfAbsent(
                    new Counted(booking.principal().tenant(), usage.outcome()), counted -> new long[4]);
            sum[0]++;
            sum[1] += usage.promptTokens();
            sum[2] += usage.completionTokens();
            sum[3] += booking.costNanos();
        }
        sums.forEach(this::count);
    }

    /// What usage is counted by.
    private record Counted(String tenant, UsageRecord.Outcome outcome) {}

    /// @param sum requests, tokens of prompts and of completions, nano-dollars
    private void count(Counted by, long[] sum) {
        var registry = ground.telemetry().meters();
        registry.counter(
                        "pagoda.usage.requests",
                        "tenant",
                        by.tenant(),
                        "outcome",
                        by.outcome().name().toLowerCase(Locale.ROOT))
                .increment((double) sum[0]);
        registry.counter("pagoda.usage.tokens", "tenant", by.tenant(), "kind", "prompt")
                .increment((double) sum[1]);
        registry.counter("pagoda.usage.tokens", "tenant", by.tenant(), "kind", "completion")
                .increment((double) sum[2]);
        registry.counter("pagoda.usage.cost.dollars", "tenant", by.tenant()).increment(sum[3] / 1e9);
    }

    private Future<BatchPriced> recordBatch(UsageBatch batch, Call call) {
        return call.principal().isPlatform()
                ? ledger.recordAll(batch.entries())
                : Future.failedFuture(
                        new Refused(Reason.FORBIDDEN, "platform_only", "only the platform records usage for others"));
    }

    private void observeStore() {
        var registry = ground.telemetry().meters();
        FunctionCounter.builder("pagoda.store.commits", ground.store(), Store::commits)
                .description("Durable commits, each shared by one or more writes")
                .register(registry);
        Gauge.builder("pagoda.store.queued.writes", ground.store(), Store::queuedWrites)
                .description("Writes that wait for the writer")
                .register(registry);
    }
}
