package dev.pagoda.gateway.journal;

import dev.pagoda.governance.store.Store;
import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// Messages and answers of logged requests, of tenants whose policy asks for them, by the number of their row.
public final class KeptTexts {
    private final Store store;

    public KeptTexts(Store store) {
        this.store = store;
    }

    record Texts(String prompt, String answer) {}

    /// One to be written.
    ///
    /// @param request     with texts
    /// @param untilMicros when they go
    record Entry(long seq, LoggedRequest request, long untilMicros) {}

    /// The greatest number of a row that texts are kept of, 0 without any.
    Future<Long> last() {
        return store.read(handle -> handle.createQuery("SELECT COALESCE(MAX(seq), 0) FROM gateway_request_text")
                .mapTo(Long.class)
                .one());
    }

    Future<Integer> write(List<Entry> entries) {
        return store.write(handle -> {
            for (Entry entry : entries) {
                handle.execute(
                        "INSERT INTO gateway_request_text (seq, tenant, prompt, answer, until_micros)"
                                + " VALUES (?, ?, ?, ?, ?)",
                        entry.seq(),
                        entry.request().principal().tenant(),
                        Objects.requireNonNull(entry.request().prompt()),
                        Objects.requireNonNullElse(entry.request().answer(), ""),
                        entry.untilMicros());
            }
            return entries.size();
        });
    }

    Future<Optional<Texts>> of(long seq) {
        return store.read(handle -> handle.createQuery("SELECT prompt, answer FROM gateway_request_text WHERE seq = ?")
                .bind(0, seq)
                .map((row, context) -> new Texts(row.getString("prompt"), row.getString("answer")))
                .findOne());
    }

    /// Forgets those whose time is over, and those of rows before a number.
    Future<Integer> forget(long nowMicros, long beforeSeq) {
        return store.write(handle -> handle.execute(
                "DELETE FROM gateway_request_text WHERE until_micros < ? OR seq < ?", nowMicros, beforeSeq));
    }
}
