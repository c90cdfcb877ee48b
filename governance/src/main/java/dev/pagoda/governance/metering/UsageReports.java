package dev.pagoda.governance.metering;

import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.store.Store;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/// Reads what the ledger booked: sums by group, and single records newest first. Safe from any thread.
final class UsageReports {
    /// Groups of one report; those that cost most are named, the rest is in the total only.
    static final int MAX_GROUPS = 1_000;

    private static final String SUMS = "COUNT(*), CAST(COALESCE(SUM(prompt_tokens), 0) AS BIGINT),"
            + " CAST(COALESCE(SUM(completion_tokens), 0) AS BIGINT), CAST(COALESCE(SUM(cost_nanos), 0) AS BIGINT)";

    private final Store store;

    UsageReports(Store store) {
        this.store = store;
    }

    /// Which records a report counts.
    ///
    /// @param fromMicros earliest arrival, inclusive
    /// @param toMicros   latest arrival, exclusive
    record Selection(String tenant, long fromMicros, long toMicros, Optional<UsageRecord.Outcome> outcome) {}

    /// @param total     sum of all records
    /// @param groups    sums by group: days in order, everything else by falling cost
    /// @param truncated whether there are more than [#MAX_GROUPS] groups
    record Report(Sums total, List<Group> groups, boolean truncated) {}

    record Group(String label, Sums sums) {}

    /// One booked request.
    record Entry(
            String requestId,
            String team,
            String project,
            String key,
            String operation,
            String model,
            Sums sums,
            String outcome,
            long startedMicros,
            long durationMicros,
            String tier) {}

    /// Where a page of records ended.
    record Position(long startedMicros, String requestId) {}

    Future<Report> report(Selection selection, Optional<Grouping> grouping) {
        return store.read(handle -> {
            var total = select(handle, "SELECT " + SUMS, selection, "")
                    .map((row, context) -> new Sums(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4)))
                    .one();
            var groups = grouping.map(by -> groups(handle, selection, by)).orElse(List.of());
            return groups.size() > MAX_GROUPS
                    ? new Report(total, groups.subList(0, MAX_GROUPS), true)
                    : new Report(total, groups, false);
        });
    }

    /// @param limit records of the page, at least 1
    /// @param after where the page before ended
    /// @param requestId only this request
    Future<List<Entry>> records(Selection selection, int limit, Optional<Position> after, Optional<String> requestId) {
        return store.read(handle -> {
            var conditions = new ArrayList<String>();
            after.ifPresent(position -> conditions.add(" AND (started_micros, request_id) < (:started, :position)"));
            requestId.ifPresent(id -> conditions.add(" AND request_id = :request"));
            var query = select(
                            handle,
                            "SELECT request_id, team, project, api_key, operation, model, prompt_tokens,"
                                    + " completion_tokens, cost_nanos, outcome, started_micros, duration_micros, tier",
                            selection,
                            String.join("", conditions) + " ORDER BY started_micros DESC, request_id DESC LIMIT :limit")
                    .bind("limit", limit);
            after.ifPresent(
                    position -> query.bind("started", position.startedMicros()).bind("position", position.requestId()));
            requestId.ifPresent(id -> query.bind("request", id));
            return query.map((row, context) -> new Entry(
                            row.getString(1),
                            row.getString(2),
                            row.getString(3),
                            row.getString(4),
                            row.getString(5),
                            row.getString(6),
                            new Sums(1, row.getLong(7), row.getLong(8), row.getLong(9)),
                            row.getString(10),
                            row.getLong(11),
                            row.getLong(12),
                            row.getString(13)))
                    .list();
        });
    }

    private static List<Group> groups(Handle handle, Selection selection, Grouping by) {
        var order = by == Grouping.DAY ? " ORDER BY 1" : " ORDER BY 5 DESC, 1";
        return select(
                        handle,
                        "SELECT " + by.expression() + ", " + SUMS,
                        selection,
                        " GROUP BY 1" + order + " LIMIT " + (MAX_GROUPS + 1))
                .map((row, context) -> new Group(
                        by.label(row.getString(1)),
                        new Sums(row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5))))
                .list();
    }

    private static Query select(Handle handle, String what, Selection selection, String rest) {
        var query = handle.createQuery(what
                        + " FROM usage_record WHERE tenant = :tenant AND started_micros >= :from"
                        + " AND started_micros < :to"
                        + (selection.outcome().isPresent() ? " AND outcome = :outcome" : "") + rest)
                .bind("tenant", selection.tenant())
                .bind("from", selection.fromMicros())
                .bind("to", selection.toMicros());
        selection.outcome().ifPresent(outcome -> query.bind("outcome", UsageLedger.text(outcome)));
        return query;
    }
}
