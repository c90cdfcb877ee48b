package dev.pagoda.gateway.limit;

import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.store.Store;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// The limits that are set, durable in the store and in force in the book.
///
/// Safe from any thread.
public final class LimitSettings {
    /// All of them are kept in memory.
    private static final int MAX_RULES = 10_000;

    private static final String WHERE = " WHERE tenant = ? AND team = ? AND project = ? AND api_key = ? AND model = ?";

    private final Store store;
    private final LimitBook book;
    private final Object lock = new Object();

    /// What is being brought into force, so that the last change is what stays. Guarded by `lock`.
    private Future<Void> last = Future.succeededFuture();

    public LimitSettings(Store store, LimitBook book) {
        this.store = store;
        this.book = book;
    }

    /// Brings what is set into force; to be called once the tables are there.
    public Future<Void> load() {
        synchronized (lock) {
            last = last.otherwiseEmpty()
                    .compose(done -> store.read(handle -> handle.createQuery("SELECT * FROM gateway_limit")
                            .map((row, context) -> new LimitRule(
                                    new LimitScope(
                                            row.getString("tenant"),
                                            row.getString("team"),
                                            row.getString("project"),
                                            row.getString("api_key"),
                                            row.getString("model")),
                                    number(row.getObject("requests_per_minute")),
                                    number(row.getObject("tokens_per_minute")),
                                    small(row.getObject("concurrent")),
                                    small(row.getObject("weight"))))
                            .list()))
                    .map(rules -> {
                        book.replace(rules);
                        return null;
                    });
            return last;
        }
    }

    /// Sets a limit in the place of the one of the same scope.
    ///
    /// @return whether there was none; completes when it is durable and in force
    public Future<Boolean> put(LimitRule rule) {
        LimitScope scope = rule.scope();
        return store.write(handle -> {
                    boolean isFresh = delete(handle, scope) == 0;
                    if (isFresh && count(handle) >= MAX_RULES) {
                        throw new Refused(
                                Reason.CONFLICT, "too_many_limits", MAX_RULES + " limits are set, which is the most");
                    }
                    handle.execute(
                            "INSERT INTO gateway_limit (tenant, team, project, api_key, model, requests_per_minute,"
                                    + " tokens_per_minute, concurrent, weight) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                            scope.tenant(),
                            scope.team(),
                            scope.project(),
                            scope.key(),
                            scope.model(),
                            rule.requestsPerMinute(),
                            rule.tokensPerMinute(),
                            rule.concurrent(),
                            rule.weight());
                    return isFresh;
                })
                .compose(isFresh -> load().map(isFresh));
    }

    /// @return whether there was such a limit; completes when its absence is durable and in force
    public Future<Boolean> remove(LimitScope scope) {
        return store.write(handle -> delete(handle, scope) > 0).compose(removed -> load().map(removed));
    }

    private static int delete(Handle handle, LimitScope scope) {
        return handle.execute(
                "DELETE FROM gateway_limit" + WHERE,
                scope.tenant(),
                scope.team(),
                scope.project(),
                scope.key(),
                scope.model());
    }

    private static long count(Handle handle) {
        return handle.createQuery("SELECT COUNT(*) FROM gateway_limit")
                .mapTo(Long.class)
                .one();
    }

    private static @Nullable Long number(@Nullable Object value) {
        return value instanceof Number number ? number.longValue() : null;
    }

    private static @Nullable Integer small(@Nullable Object value) {
        return value instanceof Number number ? Math.toIntExact(number.longValue()) : null;
    }

    /// Limits that are set, and what their scopes have taken.
    List<LimitUse> use(Predicate<LimitScope> visible, long nowNanos) {
        return book.use(visible, nowNanos);
    }
}
