package dev.pagoda.governance.metering;

import dev.pagoda.governance.api.MeterReading;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.ReadingRecorded;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.metering.UsageReports.Selection;
import dev.pagoda.governance.store.Store;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/// Sums of what modules count beside requests, by hour, principal and meter. A reading that comes twice counts once.
/// Safe from any thread.
public final class MeterBook {
    /// What meters can be told by; the others are properties of requests.
    static final Set<Grouping> GROUPINGS = Set.of(Grouping.PROJECT, Grouping.KEY, Grouping.DAY);

    /// Sums of one report.
    static final int MAX_TOTALS = 1_000;

    private static final long MICROS_PER_HOUR = 3_600_000_000L;
    /// A module sends a reading again for minutes at most.
    private static final Duration REMEMBERED = Duration.ofDays(2);

    private final Store store;
    private final InstantSource clock;

    public MeterBook(Store store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    /// A sum.
    ///
    /// @param group the group of the report's kind; empty when it has none
    record Total(String meter, String group, long amount) {}

    /// @param truncated whether there are more than [#MAX_TOTALS] sums
    record Report(List<Total> totals, boolean truncated) {}

    /// Adds a reading to its hour; the answer comes when it is durable.
    public Future<ReadingRecorded> record(Principal principal, MeterReading reading) {
        long now = UsageLedger.micros(clock.instant());
        if (reading.startMicros() > now + UsageLedger.MICROS_PER_DAY) {
            return Future.failedFuture(new Refused(
                    Reason.INVALID,
                    "invalid_reading",
                    "startMicros " + reading.startMicros() + " is not a time between 1970 and tomorrow"));
        }
        return store.write(handle -> {
            boolean isFresh = handle.execute(
                            "INSERT INTO meter_reading (tenant, reading_id, recorded_micros) VALUES (?, ?, ?)"
                                    + " ON CONFLICT (tenant, reading_id) DO NOTHING",
                            principal.tenant(),
                            reading.readingId(),
                            now)
                    == 1;
            if (isFresh) {
                add(handle, principal, reading);
                handle.execute(
                        "DELETE FROM meter_reading WHERE recorded_micros < ?", now - REMEMBERED.toNanos() / 1_000);
            }
            return new ReadingRecorded(isFresh);
        });
    }

    private static void add(Handle handle, Principal principal, MeterReading reading) {
        long hour = reading.startMicros() / MICROS_PER_HOUR * MICROS_PER_HOUR;
        reading.amounts()
                .forEach((meter, amount) -> handle.execute(
                        "INSERT INTO meter_hour (tenant, team, project, api_key, meter, started_micros, amount)"
                                + " VALUES (?, ?, ?, ?, ?, ?, ?)"
                                + " ON CONFLICT (tenant, started_micros, meter, team, project, api_key)"
                                + " DO UPDATE SET amount = meter_hour.amount + excluded.amount",
                        principal.tenant(),
                        principal.team(),
                        principal.project(),
                        principal.key(),
                        meter,
                        hour,
                        amount));
    }

    /// Sums by meter, and by group where one is asked for; hours count that begin within the selection.
    Future<Report> report(Selection selection, Optional<Grouping> grouping) {
        String group = grouping.map(Grouping::expression).orElse("''");
        return store.read(handle -> {
            List<Total> totals = handle.createQuery("SELECT meter, " + group
                            + ", CAST(SUM(amount) AS BIGINT) FROM meter_hour WHERE tenant = :tenant"
                            + " AND started_micros >= :from AND started_micros < :to"
                            + " GROUP BY 1, 2 ORDER BY 1, 2 LIMIT " + (MAX_TOTALS + 1))
                    .bind("tenant", selection.tenant())
                    .bind("from", selection.fromMicros())
                    .bind("to", selection.toMicros())
                    .map((row, context) -> {
                        String label = row.getString(2);
                        return new Total(
                                row.getString(1),
                                grouping.isEmpty() ? "" : grouping.get().label(label),
                                row.getLong(3));
                    })
                    .list();
            return totals.size() > MAX_TOTALS
                    ? new Report(totals.subList(0, MAX_TOTALS), true)
                    : new Report(totals, false);
        });
    }
}
