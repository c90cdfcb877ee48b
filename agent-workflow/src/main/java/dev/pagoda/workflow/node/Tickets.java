package dev.pagoda.workflow.node;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.store.Store;
import dev.pagoda.workflow.node.Ticket.Status;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.mapper.RowMapper;

/// The tickets as the platform's store keeps them; each tenant sees its own. Safe from any thread.
public final class Tickets {
    private static final String COLUMNS =
            "id, tenant, run, knowledge_base, question, language, intent, status, created_micros, updated_micros";

    private static final RowMapper<Ticket> ROW = (row, context) -> new Ticket(
            row.getString("id"),
            row.getString("tenant"),
            row.getString("run"),
            row.getString("knowledge_base"),
            row.getString("question"),
            row.getString("language"),
            row.getString("intent"),
            Status.of(row.getString("status")),
            row.getLong("created_micros"),
            row.getLong("updated_micros"));

    private final Store store;
    private final InstantSource clock;
    private final int maxPerTenant;

    /// @param maxPerTenant tickets kept; beyond it the oldest closed ones go, and then the oldest
    public Tickets(Store store, InstantSource clock, int maxPerTenant) {
        this.store = store;
        this.clock = clock;
        this.maxPerTenant = maxPerTenant;
    }

    /// Opens a ticket; completes when it is on disk.
    Future<Ticket> open(String run, String knowledgeBase, String question, String language, String intent, Call call) {
        long now = micros();
        var id = "T-" + UUID.randomUUID().toString().substring(0, 8);
        var ticket =
                new Ticket(id, call.tenant(), run, knowledgeBase, question, language, intent, Status.OPEN, now, now);
        return store.write(handle -> {
            handle.createUpdate("INSERT INTO workflow_ticket (" + COLUMNS + ") VALUES (:id, :tenant, :run, :base,"
                            + " :question, :language, :intent, :status, :now, :now)")
                    .bind("id", id)
                    .bind("tenant", ticket.tenant())
                    .bind("run", run)
                    .bind("base", knowledgeBase)
                    .bind("question", question)
                    .bind("language", language)
                    .bind("intent", intent)
                    .bind("status", Status.OPEN.tag())
                    .bind("now", now)
                    .execute();
            handle.createUpdate("DELETE FROM workflow_ticket WHERE tenant = :tenant AND id IN (SELECT id FROM"
                            + " workflow_ticket WHERE tenant = :tenant ORDER BY CASE status WHEN 'closed' THEN 1 ELSE"
                            + " 0 END, created_micros DESC, id LIMIT 1000 OFFSET :kept)")
                    .bind("tenant", ticket.tenant())
                    .bind("kept", maxPerTenant)
                    .execute();
            return ticket;
        });
    }

    /// The newest tickets first.
    ///
    /// @param status only tickets that stand so, or all
    public Future<List<Ticket>> list(Optional<Status> status, int limit, Call call) {
        return store.read(handle -> handle.createQuery("SELECT " + COLUMNS
                        + " FROM workflow_ticket WHERE tenant = :tenant AND (:status = '' OR status = :status)"
                        + " ORDER BY created_micros DESC, id LIMIT :limit")
                .bind("tenant", call.tenant())
                .bind("status", status.map(Status::tag).orElse(""))
                .bind("limit", limit)
                .map(ROW)
                .list());
    }

    /// Moves a ticket on; refused when the tenant has none of this id.
    public Future<Ticket> change(String id, Status status, Call call) {
        long now = micros();
        return store.write(handle -> {
            int changed = handle.createUpdate("UPDATE workflow_ticket SET status = :status, updated_micros = :now"
                            + " WHERE id = :id AND tenant = :tenant")
                    .bind("status", status.tag())
                    .bind("now", now)
                    .bind("id", id)
                    .bind("tenant", call.tenant())
                    .execute();
            if (changed == 0) {
                throw new Refused(Reason.NOT_FOUND, "ticket_not_found", "there is no ticket \"" + id + "\"");
            }
            return handle.createQuery("SELECT " + COLUMNS + " FROM workflow_ticket WHERE id = :id")
                    .bind("id", id)
                    .map(ROW)
                    .one();
        });
    }

    /// Tickets that are not closed: the tenant's own, or everybody's for the platform.
    public Future<Long> unclosed(Call call) {
        return store.read(handle -> handle.createQuery("SELECT COUNT(*) FROM workflow_ticket WHERE status <> 'closed'"
                        + " AND (tenant = :tenant OR :everybody = 1)")
                .bind("tenant", call.tenant())
                .bind("everybody", call.principal().isPlatform() ? 1 : 0)
                .mapTo(Long.class)
                .one());
    }

    private long micros() {
        var now = clock.instant();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
    }
}
