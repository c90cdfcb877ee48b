package dev.pagoda.gateway.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.store.Store;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One kind of policy by tenant: durable in the store, and in memory for every request.
///
/// Safe from any thread.
public final class PolicyBook<P extends Record> {
    private static final Logger LOG = LoggerFactory.getLogger(PolicyBook.class);

    /// As many as there can be tenants.
    private static final int MAX_POLICIES = 10_000;

    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    private final Store store;
    private final String kind;
    private final Class<P> type;
    private final Object lock = new Object();

    /// What is being brought into force, so that the last change is what stays. Guarded by `lock`.
    private Future<Void> last = Future.succeededFuture();

    private volatile Map<String, P> policies = Map.of();

    /// @param kind names it in the store
    public PolicyBook(Store store, String kind, Class<P> type) {
        this.store = store;
        this.kind = kind;
        this.type = type;
    }

    public String kind() {
        return kind;
    }

    public Class<P> type() {
        return type;
    }

    /// The policy of a tenant, null when it has none.
    public @Nullable P of(String tenant) {
        return policies.get(tenant);
    }

    /// All policies by tenant.
    public Map<String, P> all() {
        return policies;
    }

    private record Row(String tenant, String body) {}

    /// Brings what is set into force; to be called once the tables are there.
    public Future<Void> load() {
        synchronized (lock) {
            last = last.otherwiseEmpty()
                    .compose(done -> store.read(
                            handle -> handle.createQuery("SELECT tenant, body FROM gateway_policy WHERE kind = ?")
                                    .bind(0, kind)
                                    .map((row, context) -> new Row(row.getString("tenant"), row.getString("body")))
                                    .list()))
                    .map(rows -> {
                        Map<String, P> read = new HashMap<>();
                        rows.forEach(row -> parsed(row).ifPresent(policy -> read.put(row.tenant(), policy)));
                        policies = Map.copyOf(read);
                        return null;
                    });
            return last;
        }
    }

    /// Sets a tenant's policy; completes when it is durable and in force.
    public Future<Void> put(String tenant, P policy) {
        String body;
        try {
            body = JSON.writeValueAsString(policy);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(type + " has no JSON form", e);
        }
        return store.write(handle -> {
                    long others = handle.createQuery(
                                    "SELECT COUNT(*) FROM gateway_policy WHERE kind = ? AND tenant <> ?")
                            .bind(0, kind)
                            .bind(1, tenant)
                            .mapTo(Long.class)
                            .one();
                    if (others >= MAX_POLICIES) {
                        throw new Refused(
                                Reason.CONFLICT, "too_many_policies", MAX_POLICIES + " are set, which is the most");
                    }
                    return handle.execute(
                            "INSERT INTO gateway_policy (tenant, kind, body) VALUES (?, ?, ?)"
                                    + " ON CONFLICT (tenant, kind) DO UPDATE SET body = excluded.body",
                            tenant,
                            kind,
                            body);
                })
                .compose(written -> load());
    }

    /// @return whether there was one; completes when its absence is durable and in force
    public Future<Boolean> remove(String tenant) {
        return store.write(handle ->
                        handle.execute("DELETE FROM gateway_policy WHERE tenant = ? AND kind = ?", tenant, kind) > 0)
                .compose(removed -> load().map(removed));
    }

    private Optional<P> parsed(Row row) {
        try {
            return Optional.of(JSON.readValue(row.body(), type));
        } catch (JsonProcessingException unreadable) {
            LOG.error("the {} policy of tenant {} cannot be read", kind, row.tenant(), unreadable);
            return Optional.empty();
        }
    }
}
