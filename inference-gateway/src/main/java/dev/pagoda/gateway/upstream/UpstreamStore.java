package dev.pagoda.gateway.upstream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.pagoda.governance.store.Store;
import io.vertx.core.Future;
import java.util.List;

/// The servers on disk. Safe from any thread.
final class UpstreamStore {
    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    private final Store store;

    UpstreamStore(Store store) {
        this.store = store;
    }

    Future<List<UpstreamSpec>> read() {
        return store.read(handle -> handle.createQuery("SELECT body FROM gateway_upstream ORDER BY name")
                .map((row, context) -> read(row.getString("body")))
                .list());
    }

    Future<UpstreamSpec> put(UpstreamSpec spec) {
        return store.write(handle -> {
            handle.execute(
                    "INSERT INTO gateway_upstream (name, body) VALUES (?, ?)"
                            + " ON CONFLICT (name) DO UPDATE SET body = excluded.body",
                    spec.name(),
                    write(spec));
            return spec;
        });
    }

    Future<Boolean> remove(String name) {
        return store.write(handle -> handle.execute("DELETE FROM gateway_upstream WHERE name = ?", name) == 1);
    }

    private static UpstreamSpec read(String body) {
        try {
            return JSON.readValue(body, UpstreamSpec.class);
        } catch (JsonProcessingException broken) {
            throw new IllegalStateException("gateway_upstream holds what is no server: " + body, broken);
        }
    }

    private static String write(UpstreamSpec spec) {
        try {
            return JSON.writeValueAsString(spec);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
