package dev.pagoda.governance.metering;

import dev.pagoda.governance.api.BatchPriced;
import dev.pagoda.governance.api.GovernanceStatus;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.UsageBatch;
import dev.pagoda.governance.api.UsagePriced;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.store.Store;
import io.vertx.core.Future;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Books the usage of each request once: durable, priced, and added to its day in the same transaction.
///
/// A request is known by tenant and request id. The same usage again is answered with the first booking's
/// cost; a different usage under the same id is refused with `CONFLICT`, because either of the two would be
/// lost. Safe from any thread.
public final class UsageLedger {
    /// More tokens than any request has, and few enough that no cost overflows: `2 * 10^9 *
    /// TokenPrice.MAX_NANOS` at [TierPrices#MAX_PERCENT].
    static final long MAX_TOKENS = 1_000_000_000;

    static final long MICROS_PER_DAY = 86_400_000_000L;
    private static final int MAX_TEXT_CHARS = 200;

    /// Rows that are written without a pause: about 0.2 ms.
    private static final int ROWS_AT_ONCE = 16;

    private static final Logger LOG = LoggerFactory.getLogger(UsageLedger.class);
    private static final String INSERT = "INSERT INTO usage_record (tenant, request_id, team, project, api_key,"
            + " operation, model, prompt_tokens, completion_tokens, cost_nanos, outcome, started_micros,"
            + " duration_micros, tier) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            + " ON CONFLICT DO NOTHING";
    private static final String ADD_TO_DAY =
            "INSERT INTO usage_day (tenant, day, requests, prompt_tokens, completion_tokens, cost_nanos)"
                    + " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, day) DO UPDATE SET"
                    + " requests = usage_day.requests + excluded.requests,"
                    + " prompt_tokens = usage_day.prompt_tokens + excluded.prompt_tokens,"
                    + " completion_tokens = usage_day.completion_tokens + excluded.completion_tokens,"
                    + " cost_nanos = usage_day.cost_nanos + excluded.cost_nanos";

    private final Store store;
    private final PriceBook prices;
    private final InstantSource clock;
    private final Consumer<List<Booking>> booked;
    private final UsageTotals totals = new UsageTotals();

    /// @param booked hears of the records that were booked, after they are durable
    public UsageLedger(Store store, PriceBook prices, InstantSource clock, Consumer<List<Booking>> booked) {
        this.store = store;
        this.prices = prices;
        this.clock = clock;
        this.booked = booked;
    }

    /// A record that was booked.
    public record Booking(Principal principal, UsageRecord usage, long costNanos) {}

    /// Adds up the days in the database; to be called once, before the first record.
    public Future<Void> restore() {
        return store.<Integer>read(handle -> {
                    long today = today();
                    var days = handle.createQuery(
                                    "SELECT tenant, day, requests, prompt_tokens, completion_tokens, cost_nanos"
                                            + " FROM usage_day ORDER BY tenant, day")
                            .map((row, context) -> new Day(
                                    row.getString(1),
                                    row.getLong(2),
                                    new Sums(row.getLong(3), row.getLong(4), row.getLong(5), row.getLong(6))))
                            .list();
                    days.forEach(day -> totals.add(day.tenant(), day.day(), day.sums(), today));
                    return days.size();
                })
                .mapEmpty();
    }

    /// Books one request under its principal; the answer comes when it is durable.
    public Future<UsagePriced> record(Principal principal, UsageRecord usage) {
        try {
            requireBookable(usage, latestStart());
        } catch (Refused refused) {
            return Future.failedFuture(refused);
        }
        long cost = prices.costNanos(usage);
        var booking = new Booking(principal, usage, cost);
        return store.write(handle -> {
                    if (insert(handle, booking)) {
                        addToDays(handle, Map.of(new TenantDay(principal.tenant(), day(usage)), sums(booking)));
                        return new Outcome(true, cost);
                    }
                    return new Outcome(false, costOfFirst(handle, booking));
                })
                .map(outcome -> {
                    if (outcome.fresh()) {
                        totals.add(principal.tenant(), day(usage), sums(booking), today());
                        booked.accept(List.of(booking));
                    }
                    return new UsagePriced(outcome.costNanos());
                });
    }

    /// Books many requests in one commit; the answer comes when it is durable. An entry that cannot be booked,
    /// because it differs from the one that is booked under its id or is out of bounds, is left out and logged.
    public Future<BatchPriced> recordAll(List<UsageBatch.Entry> entries) {
        List<Booking> bookings = new ArrayList<>(entries.size());
        long latest = latestStart();
        for (UsageBatch.Entry entry : entries) {
            try {
                requireBookable(entry.usage(), latest);
                UsageRecord usage = entry.usage();
                bookings.add(new Booking(entry.principal(), usage, prices.costNanos(usage)));
            } catch (Refused refused) {
                LOG.error(
                        "usage of request {} cannot be booked: {}",
                        entry.usage().requestId(),
                        refused.getMessage());
            }
        }
        return store.write(handle -> {
                    List<Booking> fresh = insertAll(handle, bookings);
                    addToDays(handle, sumsByDay(fresh));
                    return fresh;
                })
                .map(fresh -> {
                    sumsByDay(fresh).forEach((day, sums) -> totals.add(day.tenant(), day.day(), sums, today()));
                    if (!fresh.isEmpty()) {
                        booked.accept(fresh);
                    }
                    return new BatchPriced(
                            fresh.size(),
                            fresh.stream().mapToLong(Booking::costNanos).sum());
                });
    }

    /// Lets threads that wait for a processor go first, again and again: what they do is an answer, for which
    /// somebody waits, and a scheduler takes a processor away after milliseconds only. A full batch shows that the
    /// ledger is behind, and is written in one go.
    ///
    /// @return those that were not booked before
    @SuppressWarnings("ThreadPriorityCheck") // how long others wait depends on it, nothing else does
    private static List<Booking> insertAll(Handle handle, List<Booking> bookings) throws SQLException {
        List<Booking> fresh = new ArrayList<>(bookings.size());
        boolean isBehind = bookings.size() >= UsageBatch.MAX_ENTRIES;
        try (PreparedStatement insert = handle.getConnection().prepareStatement(INSERT)) {
            for (int from = 0; from < bookings.size(); from += ROWS_AT_ONCE) {
                List<Booking> rows = bookings.subList(from, Math.min(from + ROWS_AT_ONCE, bookings.size()));
                insertAll(handle, insert, rows, fresh);
                if (!isBehind) {
                    Thread.yield();
                }
            }
        }
        return fresh;
    }

    private static void insertAll(Handle handle, PreparedStatement insert, List<Booking> rows, List<Booking> fresh)
            throws SQLException {
        for (Booking booking : rows) {
            bind(insert, booking);
            insert.addBatch();
        }
        int[] inserted = insert.executeBatch();
        for (int i = 0; i < inserted.length; i++) {
            if (inserted[i] == 1) {
                fresh.add(rows.get(i));
            } else {
                requireSame(handle, rows.get(i));
            }
        }
    }

    private static void bind(PreparedStatement insert, Booking booking) throws SQLException {
        Principal principal = booking.principal();
        UsageRecord usage = booking.usage();
        insert.setString(1, principal.tenant());
        insert.setString(2, usage.requestId());
        insert.setString(3, principal.team());
        insert.setString(4, principal.project());
        insert.setString(5, principal.key());
        insert.setString(6, usage.operation());
        insert.setString(7, usage.model());
        insert.setLong(8, usage.promptTokens());
        insert.setLong(9, usage.completionTokens());
        insert.setLong(10, booking.costNanos());
        insert.setString(11, text(usage.outcome()));
        insert.setLong(12, usage.startedMicros());
        insert.setLong(13, usage.durationMicros());
        insert.setString(14, usage.tier().text());
    }

    private static void requireSame(Handle handle, Booking booking) {
        try {
            costOfFirst(handle, booking);
        } catch (Refused differs) {
            LOG.error("{}", differs.getMessage());
        }
    }

    private static Map<TenantDay, Sums> sumsByDay(List<Booking> bookings) {
        Map<TenantDay, Sums> days = new TreeMap<>();
        int from = 0;
        for (int i = 1; i <= bookings.size(); i++) {
            // neighbours are of one day and mostly of one tenant
            if (i == bookings.size() || !isSameDay(bookings.get(from), bookings.get(i))) {
                Booking first = bookings.get(from);
                days.merge(
                        new TenantDay(first.principal().tenant(), day(first.usage())),
                        sums(bookings.subList(from, i)),
                        Sums::plus);
                from = i;
            }
        }
        return days;
    }

    private static boolean isSameDay(Booking one, Booking other) {
        return day(one.usage()) == day(other.usage())
                && one.principal().tenant().equals(other.principal().tenant());
    }

    private static Sums sums(List<Booking> bookings) {
        long prompt = 0;
        long completion = 0;
        long cost = 0;
        for (Booking booking : bookings) {
            prompt += booking.usage().promptTokens();
            completion += booking.usage().completionTokens();
            cost += booking.costNanos();
        }
        return new Sums(bookings.size(), prompt, completion, cost);
    }

    private record TenantDay(String tenant, long day) implements Comparable<TenantDay> {
        @Override
        public int compareTo(TenantDay other) {
            int byTenant = tenant.compareTo(other.tenant);
            return byTenant != 0 ? byTenant : Long.compare(day, other.day);
        }
    }

    /// Totals of the tenants that may be seen, from memory.
    public GovernanceStatus status(Predicate<String> visible) {
        return totals.status(visible, today());
    }

    private record Day(String tenant, long day, Sums sums) {}

    private record Outcome(boolean fresh, long costNanos) {}

    private long latestStart() {
        return micros(clock.instant()) + MICROS_PER_DAY;
    }

    private static void requireBookable(UsageRecord usage, long latest) {
        if (usage.promptTokens() > MAX_TOKENS || usage.completionTokens() > MAX_TOKENS) {
            throw invalid("usage of " + usage.promptTokens() + " and " + usage.completionTokens()
                    + " tokens is above the bound of " + MAX_TOKENS);
        }
        requireText("requestId", usage.requestId());
        requireText("operation", usage.operation());
        requireText("model", usage.model());
        if (usage.startedMicros() < 0 || usage.startedMicros() > latest) {
            throw invalid("startedMicros " + usage.startedMicros() + " is not a time between 1970 and tomorrow");
        }
    }

    private static void requireText(String name, String text) {
        if (text.isBlank() || text.length() > MAX_TEXT_CHARS || text.indexOf('\0') >= 0) {
            throw invalid(name + " must have 1 to " + MAX_TEXT_CHARS + " characters and no NUL, it has " + text.length()
                    + " characters");
        }
    }

    private static Refused invalid(String message) {
        return new Refused(Reason.INVALID, "invalid_usage", message);
    }

    private static boolean insert(Handle handle, Booking booking) throws SQLException {
        try (PreparedStatement insert = handle.getConnection().prepareStatement(INSERT)) {
            bind(insert, booking);
            return insert.executeUpdate() == 1;
        }
    }

    private static void addToDays(Handle handle, Map<TenantDay, Sums> days) throws SQLException {
        try (PreparedStatement add = handle.getConnection().prepareStatement(ADD_TO_DAY)) {
            for (Map.Entry<TenantDay, Sums> day : days.entrySet()) {
                add.setString(1, day.getKey().tenant());
                add.setLong(2, day.getKey().day());
                add.setLong(3, day.getValue().requests());
                add.setLong(4, day.getValue().promptTokens());
                add.setLong(5, day.getValue().completionTokens());
                add.setLong(6, day.getValue().costNanos());
                add.executeUpdate();
            }
        }
    }

    private static long costOfFirst(Handle handle, Booking booking) {
        var usage = booking.usage();
        return handle.createQuery("SELECT cost_nanos FROM usage_record WHERE tenant = ? AND request_id = ?"
                        + " AND operation = ? AND model = ? AND prompt_tokens = ? AND completion_tokens = ?"
                        + " AND outcome = ? AND started_micros = ? AND tier = ?")
                .bind(0, booking.principal().tenant())
                .bind(1, usage.requestId())
                .bind(2, usage.operation())
                .bind(3, usage.model())
                .bind(4, usage.promptTokens())
                .bind(5, usage.completionTokens())
                .bind(6, text(usage.outcome()))
                .bind(7, usage.startedMicros())
                .bind(8, usage.tier().text())
                .mapTo(Long.class)
                .findOne()
                .orElseThrow(() -> new Refused(
                        Reason.CONFLICT,
                        "usage_differs",
                        "request " + usage.requestId() + " is booked already, with another usage"));
    }

    static String text(UsageRecord.Outcome outcome) {
        return switch (outcome) {
            case COMPLETED -> "completed";
            case ABORTED -> "aborted";
            case FAILED -> "failed";
        };
    }

    private static Sums sums(Booking booking) {
        return new Sums(1, booking.usage().promptTokens(), booking.usage().completionTokens(), booking.costNanos());
    }

    private static long day(UsageRecord usage) {
        return usage.startedMicros() / MICROS_PER_DAY;
    }

    private long today() {
        return micros(clock.instant()) / MICROS_PER_DAY;
    }

    static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }
}
