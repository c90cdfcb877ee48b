package dev.pagoda.gateway.ollama;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.store.Store;
import io.vertx.core.Future;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jdbi.v3.core.Handle;

/// The models that tenants made. Kept in the store, answered from memory. Safe from any thread.
public final class TenantModels {
    /// Most models that one tenant makes.
    static final int MAX_MODELS = 256;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Store store;
    /// By tenant and name; a tenant's map is replaced as a whole.
    private final Map<String, Map<String, TenantModel>> models = new ConcurrentHashMap<>();

    private record Row(String tenant, TenantModel model) {}

    public TenantModels(Store store) {
        this.store = store;
    }

    /// Reads what is kept; before anything is asked.
    public Future<Void> load() {
        return store.read(handle -> handle.createQuery(
                                "SELECT tenant, name, source, body, created_micros FROM gateway_tenant_model")
                        .map((row, context) -> new Row(
                                row.getString("tenant"),
                                new TenantModel(
                                        row.getString("name"),
                                        row.getString("source"),
                                        parse(row.getString("body")),
                                        row.getLong("created_micros"))))
                        .list())
                .onSuccess(rows -> rows.forEach(row -> put(row.tenant(), row.model())))
                .mapEmpty();
    }

    Optional<TenantModel> find(String tenant, String name) {
        return Optional.ofNullable(models.getOrDefault(tenant, Map.of()).get(name));
    }

    /// By name.
    List<TenantModel> of(String tenant) {
        return List.copyOf(models.getOrDefault(tenant, Map.of()).values());
    }

    /// Makes a model, or replaces the one of this name; completes when that is durable.
    Future<Void> save(String tenant, TenantModel model) {
        Map<String, TenantModel> present = models.getOrDefault(tenant, Map.of());
        if (present.size() >= MAX_MODELS && !present.containsKey(model.name())) {
            return Future.failedFuture(new Refused(
                    Reason.EXHAUSTED,
                    "too_many_models",
                    "the tenant has " + MAX_MODELS + " models of its own already"));
        }
        return store.write(handle -> {
                    remove(handle, tenant, model.name());
                    return handle.createUpdate("INSERT INTO gateway_tenant_model"
                                    + " (tenant, name, source, body, created_micros)"
                                    + " VALUES (:tenant, :name, :source, :body, :created)")
                            .bind("tenant", tenant)
                            .bind("name", model.name())
                            .bind("source", model.source())
                            .bind("body", model.body().toString())
                            .bind("created", model.createdMicros())
                            .execute();
                })
                .onSuccess(saved -> put(tenant, model))
                .mapEmpty();
    }

    /// @return whether there was one
    Future<Boolean> delete(String tenant, String name) {
        if (find(tenant, name).isEmpty()) {
            return Future.succeededFuture(false);
        }
        return store.write(handle -> remove(handle, tenant, name)).map(removed -> {
            models.computeIfPresent(tenant, (key, present) -> {
                var left = new TreeMap<>(present);
                left.remove(name);
                return Collections.unmodifiableMap(left);
            });
            return removed > 0;
        });
    }

    private static int remove(Handle handle, String tenant, String name) {
        return handle.createUpdate("DELETE FROM gateway_tenant_model WHERE tenant = :tenant AND name = :name")
                .bind("tenant", tenant)
                .bind("name", name)
                .execute();
    }

    private void put(String tenant, TenantModel model) {
        models.merge(tenant, Map.of(model.name(), model), (present, added) -> {
            var all = new TreeMap<>(present);
            all.putAll(added);
            return Collections.unmodifiableMap(all);
        });
    }

    private static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException broken) {
            throw new IllegalStateException("the store holds a model that is no JSON", broken);
        }
    }
}
