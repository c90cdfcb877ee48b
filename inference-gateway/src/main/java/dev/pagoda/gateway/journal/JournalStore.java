package dev.pagoda.gateway.journal;

import dev.pagoda.governance.store.Store;
import io.vertx.core.Future;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/// The request log in the store: rows in the order in which requests ended, texts beside them.
public final class JournalStore {
    private static final String COLUMNS = "seq, request_id, tenant, team, project, api_key, operation, model, version,"
            + " replica, route, cache, guard, started_micros, queue_micros, first_token_micros, duration_micros,"
            + " overhead_micros, prompt_tokens, completion_tokens, cached_tokens, cost_nanos, outcome, error, finish,"
            + " trace_id";

    private static final String INSERT = "INSERT INTO gateway_request (" + COLUMNS
            + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    private final Store store;

    public JournalStore(Store store) {
        this.store = store;
    }

    /// A row.
    record Row(long seq, Map<String, Object> columns) {}

    record Texts(String prompt, String answer) {}

    /// One to be written.
    ///
    /// @param textsUntilMicros when its texts go
    record Entry(long seq, LoggedRequest request, long textsUntilMicros) {}

    /// Which rows are wanted.
    ///
    /// @param tenant null for all
    /// @param equal  columns and what they are
    /// @param before rows that ended before this one
    record Selection(
            @Nullable String tenant,
            Map<String, String> equal,
            Optional<String> guard,
            long fromMicros,
            long toMicros,
            long leastDurationMicros,
            long before,
            int limit) {}

    /// The number of the last row.
    Future<Long> last() {
        return store.read(handle -> handle.createQuery("SELECT COALESCE(MAX(seq), 0) FROM gateway_request")
                .mapTo(Long.class)
                .one());
    }

    private static List<Object> columns(Entry entry) {
        LoggedRequest request = entry.request();
        return List.of(
                entry.seq(),
                request.requestId(),
                request.principal().tenant(),
                request.principal().team(),
                request.principal().project(),
                request.principal().key(),
                request.operation(),
                request.model(),
                request.version(),
                request.replica(),
                request.route(),
                request.cache(),
                request.guard(),
                request.startedMicros(),
                request.queueMicros(),
                request.firstTokenMicros(),
                request.durationMicros(),
                request.overheadMicros(),
                request.promptTokens(),
                request.completionTokens(),
                request.cachedTokens(),
                request.costNanos(),
                request.outcome().name().toLowerCase(Locale.ROOT),
                request.error(),
                request.finish(),
                request.trace().traceId());
    }

    Future<Integer> write(List<Entry> entries) {
        return store.write(handle -> {
            try (PreparedStatement row = handle.getConnection().prepareStatement(INSERT)) {
                for (Entry entry : entries) {
                    List<Object> columns = columns(entry);
                    for (int column = 0; column < columns.size(); column++) {
                        row.setObject(column + 1, columns.get(column));
                    }
                    row.addBatch();
                }
                row.executeBatch();
            }
            for (Entry entry : entries) {
                if (entry.request().prompt() != null) {
                    handle.execute(
                            "INSERT INTO gateway_request_text (seq, tenant, prompt, answer, until_micros)"
                                    + " VALUES (?, ?, ?, ?, ?)",
                            entry.seq(),
                            entry.request().principal().tenant(),
                            entry.request().prompt(),
                            entry.request().answer(),
                            entry.textsUntilMicros());
                }
            }
            return entries.size();
        });
    }

    Future<List<Row>> find(Selection selection) {
        return store.read(handle -> {
            var sql = new StringBuilder("SELECT " + COLUMNS + " FROM gateway_request WHERE seq < :before"
                    + " AND started_micros >= :from AND started_micros < :to AND duration_micros >= :least");
            if (selection.tenant() != null) {
                sql.append(" AND tenant = :tenant");
            }
            var equal = new ArrayList<>(selection.equal().entrySet());
            for (int i = 0; i < equal.size(); i++) {
                sql.append(" AND ")
                        .append(equal.get(i).getKey())
                        .append(" = :equal")
                        .append(i);
            }
            selection.guard().ifPresent(guard -> sql.append(" AND guard LIKE :guard ESCAPE '!'"));
            sql.append(" ORDER BY seq DESC LIMIT :limit");
            Query query = handle.createQuery(sql.toString())
                    .bind("before", selection.before())
                    .bind("from", selection.fromMicros())
                    .bind("to", selection.toMicros())
                    .bind("least", selection.leastDurationMicros())
                    .bind("limit", selection.limit());
            if (selection.tenant() != null) {
                query.bind("tenant", selection.tenant());
            }
            for (int i = 0; i < equal.size(); i++) {
                query.bind("equal" + i, equal.get(i).getValue());
            }
            selection
                    .guard()
                    .ifPresent(guard -> query.bind(
                            "guard",
                            "%" + guard.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"));
            return query.mapToMap()
                    .map(columns -> new Row(((Number) Objects.requireNonNull(columns.get("seq"))).longValue(), columns))
                    .list();
        });
    }

    Future<Optional<Texts>> texts(long seq) {
        return store.read(handle -> handle.createQuery("SELECT prompt, answer FROM gateway_request_text WHERE seq = ?")
                .bind(0, seq)
                .map((row, context) -> new Texts(row.getString("prompt"), row.getString("answer")))
                .findOne());
    }

    /// Forgets at most `most` of the rows that began before a time or came before a number, and texts whose time is
    /// over.
    ///
    /// @return how many rows went
    Future<Integer> forget(long beforeMicros, long beforeSeq, long nowMicros, int most) {
        return store.write(handle -> {
            handle.execute("DELETE FROM gateway_request_text WHERE until_micros < ?", nowMicros);
            int gone = handle.execute(
                    "DELETE FROM gateway_request WHERE seq IN (SELECT seq FROM gateway_request"
                            + " WHERE seq < ? OR started_micros < ? ORDER BY seq LIMIT " + most + ")",
                    beforeSeq,
                    beforeMicros);
            forgetTexts(handle);
            return gone;
        });
    }

    private static void forgetTexts(Handle handle) {
        handle.execute("DELETE FROM gateway_request_text WHERE seq <"
                + " (SELECT COALESCE(MIN(seq), 0) FROM gateway_request)");
    }
}
