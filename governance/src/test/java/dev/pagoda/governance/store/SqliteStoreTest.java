package dev.pagoda.governance.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoreTest extends StoreContract {
    @TempDir
    Path folder;

    @Override
    StoreConfig config(int maxQueuedWrites, int maxGroup) {
        return new StoreConfig("", "", "", 2, maxQueuedWrites, maxGroup);
    }

    @Override
    Optional<Path> dataDir() {
        return Optional.of(folder);
    }

    @Test
    void writerWaitsForTheDiskAndReadersForNobody() throws Exception {
        var vertx = Vertx.vertx();
        try (var store = Store.open(vertx, config(10, 10), dataDir())) {
            SqlWork<List<String>> pragmas = handle -> List.of("journal_mode", "synchronous", "foreign_keys").stream()
                    .map(name -> handle.createQuery("PRAGMA " + name)
                            .mapTo(String.class)
                            .one())
                    .toList();
            // 2 is FULL: https://www.sqlite.org/pragma.html#pragma_synchronous
            assertEquals(List.of("wal", "2", "1"), get(store.write(pragmas)));
            assertEquals(List.of("wal", "2", "1"), get(store.read(pragmas)));
        } finally {
            vertx.close();
        }
    }

    @Test
    void closeFoldsTheLogIntoTheFile() throws Exception {
        var vertx = Vertx.vertx();
        var log = folder.resolve("platform.db-wal");
        try (var store = Store.open(vertx, config(10, 10), dataDir())) {
            get(store.write(note(1)));
            assertTrue(Files.size(log) > 0);
        } finally {
            vertx.close();
        }

        assertTrue(Files.notExists(log) || Files.size(log) == 0);
        assertTrue(Files.size(folder.resolve("platform.db")) > 0);
    }

    @Test
    void ephemeralStoreLeavesNothing() throws Exception {
        var vertx = Vertx.vertx();
        var database = Database.Sqlite.open(Optional.empty());
        database.close();
        var store = Store.open(vertx, config(10, 10), Optional.empty());
        store.migrate("storetest");
        get(store.write(note(1)));
        String name = get(store.read(handle -> handle.createQuery("SELECT file FROM pragma_database_list")
                .mapTo(String.class)
                .one()));
        var file = Path.of(name);
        assertTrue(Files.exists(file));
        store.close();
        store.close();
        vertx.close();

        assertFalse(Files.exists(file.getParent()));
    }

    @Test
    void folderThatCannotBeMadeIsRefused() throws Exception {
        var file = Files.createFile(folder.resolve("a-file"));
        var vertx = Vertx.vertx();
        try {
            assertThrows(
                    UncheckedIOException.class,
                    () -> Store.open(vertx, StoreConfig.defaults(), Optional.of(file.resolve("below"))));
        } finally {
            vertx.close();
        }
    }
}
