package dev.pagoda.governance.metering;

import dev.pagoda.governance.store.PostgresServer;
import dev.pagoda.governance.store.StoreConfig;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;

@Tag("slow")
class PostgresLedgerTest extends LedgerContract {
    @Override
    StoreConfig config() {
        return PostgresServer.freshDatabase(10_000, 500);
    }

    @Override
    Optional<Path> dataDir() {
        return Optional.empty();
    }
}
