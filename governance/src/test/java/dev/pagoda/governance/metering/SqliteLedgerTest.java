package dev.pagoda.governance.metering;

import dev.pagoda.governance.store.StoreConfig;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;

class SqliteLedgerTest extends LedgerContract {
    @TempDir
    Path folder;

    @Override
    StoreConfig config() {
        return StoreConfig.defaults();
    }

    @Override
    Optional<Path> dataDir() {
        return Optional.of(folder);
    }
}
