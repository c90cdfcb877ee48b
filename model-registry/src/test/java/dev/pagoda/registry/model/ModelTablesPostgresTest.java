package dev.pagoda.registry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pagoda.governance.store.SqlWork;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
import dev.pagoda.registry.api.ModelAccess;
import dev.pagoda.registry.api.RegisterVersion;
import dev.pagoda.registry.api.RegisteredModel;
import io.vertx.core.Vertx;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The tables on a real PostgreSQL server; on SQLite every other test of the registry uses them.
@Tag("slow")
final class ModelTablesPostgresTest {
    @Test
    void plantsChangesAndReadsModelsOnPostgres() throws Exception {
        Vertx vertx = Vertx.vertx();
        try (var server = EmbeddedPostgres.start()) {
            var config = new StoreConfig(server.getJdbcUrl("postgres", "postgres"), "postgres", "postgres", 2, 100, 10);
            try (var store = Store.open(vertx, config, Optional.empty())) {
                store.migrate("registry");
                List<RegisteredModel> seeds = SeedModels.all(5);
                int planted = write(store, handle -> SeedModels.plant(handle, seeds, 5));
                int again = write(store, handle -> SeedModels.plant(handle, seeds, 6));
                assertEquals(seeds.size(), planted);
                assertEquals(0, again);
                List<RegisteredModel> sorted = seeds.stream()
                        .sorted(Comparator.comparing(RegisteredModel::name))
                        .toList();
                assertEquals(sorted, write(store, ModelTables::all));

                RegisteredModel before = seeds.getFirst();
                var version = new RegisterVersion(
                        before.name(), before.newest().architecture(), "a source", Map.of("k", "v"));
                RegisteredModel grown = ModelChanges.addVersion(before, version, 7);
                RegisteredModel after = ModelChanges.setAccess(
                        ModelChanges.unserve(ModelChanges.setAlias(grown, "production", 2), 1),
                        new ModelAccess(false, List.of("acme")));
                write(store, handle -> {
                    ModelTables.update(handle, before, after);
                    return after;
                });
                assertEquals(Optional.of(after), write(store, handle -> ModelTables.find(handle, after.name())));
            }
        } finally {
            vertx.close().await(60, TimeUnit.SECONDS);
        }
    }

    private static <T> T write(Store store, SqlWork<T> work) throws Exception {
        return store.write(work).await(60, TimeUnit.SECONDS);
    }
}
