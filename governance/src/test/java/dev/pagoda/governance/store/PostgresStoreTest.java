package dev.pagoda.governance.store;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;

@Tag("slow")
class PostgresStoreTest extends StoreContract {
    private @Nullable StoreConfig database;

    @Override
    StoreConfig config(int maxQueuedWrites, int maxGroup) {
        if (database == null) {
            database = PostgresServer.freshDatabase(maxQueuedWrites, maxGroup);
        }
        return new StoreConfig(
                database.url(), database.user(), database.password(), database.readers(), maxQueuedWrites, maxGroup);
    }

    @Override
    Optional<Path> dataDir() {
        return Optional.empty();
    }
}
