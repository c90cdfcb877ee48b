package dev.pagoda.workflow.run;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.store.Store;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.jdbi.v3.core.mapper.RowMapper;

/// The runs as the platform's store keeps them, the newest of each tenant; each tenant sees its own.
public final class RunHistory {
    static final String RUNNING = "running";

    private static final String COLUMNS = "id, tenant, workflow, knowledge_base, query, status, error, steps,"
            + " started_micros, elapsed_micros, tokens, cost_nanos";

    private static final long DAY_MICROS = Duration.ofDays(1).toNanos() / 1_000;

    /// Runs that go at once when a tenant has too many; more than are added by one run.
    private static final int REMOVED_AT_ONCE = 100;

    private static final RowMapper<RunRecord> ROW = (row, context) -> new RunRecord(
            row.getString("id"),
            row.getString("tenant"),
            row.getString("workflow"),
            row.getString("knowledge_base"),
            row.getString("query"),
            row.getString("status"),
            row.getString("error"),
            row.getInt("steps"),
            row.getLong("started_micros"),
            row.getLong("elapsed_micros"),
            row.getLong("tokens"),
            row.getLong("cost_nanos"));

    /// Runs that ended today, by how.
    public record Today(long finished, long failed) {}

    private final Store store;
    private final InstantSource clock;
    private final int keptPerTenant;

    public RunHistory(Store store, InstantSource clock, int keptPerTenant) {
        this.store = store;
        this.clock = clock;
        this.keptPerTenant = keptPerTenant;
    }

    /// Notes that runs which a former process left running were stopped.
    public Future<Integer> closeAbandoned() {
        return store.write(handle -> handle.createUpdate("UPDATE workflow_run SET status = 'stopped',"
                        + " error = 'the platform stopped' WHERE status = :running")
                .bind("running", RUNNING)
                .execute());
    }

    Future<RunRecord> begin(String id, String workflow, String knowledgeBase, String query, Call call) {
        var begun = new RunRecord(id, call.tenant(), workflow, knowledgeBase, query, RUNNING, "", 0, micros(), 0, 0, 0);
        return store.write(handle -> {
            handle.createUpdate("INSERT INTO workflow_run (" + COLUMNS + ") VALUES (:id, :tenant, :workflow, :base,"
                            + " :query, :status, '', 0, :started, 0, 0, 0)")
                    .bind("id", id)
                    .bind("tenant", begun.tenant())
                    .bind("workflow", workflow)
                    .bind("base", knowledgeBase)
                    .bind("query", query)
                    .bind("status", RUNNING)
                    .bind("started", begun.startedMicros())
                    .execute();
            handle.createUpdate("DELETE FROM workflow_run WHERE id IN (SELECT id FROM workflow_run WHERE"
                            + " tenant = :tenant ORDER BY started_micros DESC, id LIMIT :some OFFSET :kept)")
                    .bind("tenant", begun.tenant())
                    .bind("some", REMOVED_AT_ONCE)
                    .bind("kept", keptPerTenant)
                    .execute();
            return begun;
        });
    }

    Future<Integer> end(
            String id, String status, String error, int steps, long elapsedNanos, long tokens, long costNanos) {
        return store.write(handle -> handle.createUpdate("UPDATE workflow_run SET status = :status, error = :error,"
                        + " steps = :steps, elapsed_micros = :elapsed, tokens = :tokens, cost_nanos = :cost"
                        + " WHERE id = :id")
                .bind("status", status)
                .bind("error", error)
                .bind("steps", steps)
                .bind("elapsed", elapsedNanos / 1_000)
                .bind("tokens", tokens)
                .bind("cost", costNanos)
                .bind("id", id)
                .execute());
    }

    /// The newest runs first.
    public Future<List<RunRecord>> list(int limit, Call call) {
        return store.read(handle -> handle.createQuery("SELECT " + COLUMNS
                        + " FROM workflow_run WHERE tenant = :tenant ORDER BY started_micros DESC, id LIMIT :limit")
                .bind("tenant", call.tenant())
                .bind("limit", limit)
                .map(ROW)
                .list());
    }

    /// Runs that ended since midnight UTC: the tenant's own, or everybody's for the platform.
    public Future<Today> today(Call call) {
        long midnight = micros() / DAY_MICROS * DAY_MICROS;
        return store.read(handle -> handle.createQuery(
                        "SELECT COUNT(*) AS finished, COALESCE(SUM(CASE WHEN status = 'failed' THEN 1 ELSE 0 END), 0)"
                                + " AS failed FROM workflow_run WHERE started_micros + elapsed_micros >= :midnight"
                                + " AND status <> :running AND (tenant = :tenant OR :everybody = 1)")
                .bind("midnight", midnight)
                .bind("running", RUNNING)
                .bind("tenant", call.tenant())
                .bind("everybody", call.principal().isPlatform() ? 1 : 0)
                .map((row, context) -> new Today(row.getLong("finished"), row.getLong("failed")))
                .one());
    }

    private long micros() {
        var now = clock.instant();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
    }
}
