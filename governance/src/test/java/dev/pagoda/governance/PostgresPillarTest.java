package dev.pagoda.governance;

import dev.pagoda.governance.store.PostgresServer;
import dev.pagoda.governance.store.StoreConfig;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;

@Tag("slow")
class PostgresPillarTest extends PillarContract {
    private @Nullable StoreConfig database;

    @Override
    StoreConfig config() {
        if (database == null) {
            database = PostgresServer.freshDatabase(1_000, 100);
        }
        return database;
    }

    @Override
    Optional<Path> dataDir() {
        return Optional.empty();
    }
}
