package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Distance;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AliasesTest {
    private static final CollectionConfig CONFIG = CollectionConfig.of(1, Distance.DOT);

    @Test
    void aReaderNeverFindsAnAliasGoneWhileItIsSwitched() throws InterruptedException {
        try (Catalogue catalogue = Catalogue.inMemory(10)) {
            catalogue.create("t", "one", CONFIG);
            catalogue.create("t", "two", CONFIG);
            catalogue.changeAliases("t", List.of(new AliasChange.Assign("now", "one")));
            AtomicBoolean done = new AtomicBoolean();
            AtomicInteger lost = new AtomicInteger();
            Thread reader = Thread.ofPlatform().start(() -> {
                while (!done.get()) {
                    if (catalogue.find("t", "now").isEmpty()) {
                        lost.incrementAndGet();
                    }
                }
            });
            for (int i = 0; i < 5_000; i++) {
                catalogue.changeAliases(
                        "t",
                        List.of(
                                new AliasChange.Remove("now"),
                                new AliasChange.Assign("now", i % 2 == 0 ? "two" : "one")));
            }
            done.set(true);
            reader.join();
            assertEquals(0, lost.get());
        }
    }

    @Test
    void tenantsHaveAliasesOfTheirOwn() {
        try (Catalogue catalogue = Catalogue.inMemory(10)) {
            catalogue.create("a", "docs", CONFIG);
            catalogue.create("b", "docs", CONFIG);
            catalogue.changeAliases("a", List.of(new AliasChange.Assign("now", "docs")));
            assertEquals(Map.of("now", "docs"), catalogue.aliases("a"));
            assertEquals(Map.of(), catalogue.aliases("b"));
            assertTrue(catalogue.find("b", "now").isEmpty());
            catalogue.drop("b", "docs");
            assertTrue(catalogue.find("a", "now").isPresent());
        }
    }

    @Test
    void changesThatComeToNothingAreNotWritten() {
        try (Catalogue catalogue = Catalogue.inMemory(10)) {
            catalogue.create("t", "one", CONFIG);
            assertTrue(catalogue
                    .changeAliases("t", List.of(new AliasChange.Assign("now", "one")))
                    .isPresent());
            assertTrue(catalogue
                    .changeAliases("t", List.of(new AliasChange.Assign("now", "one")))
                    .isEmpty());
            assertTrue(catalogue
                    .changeAliases(
                            "t", List.of(new AliasChange.Rename("now", "then"), new AliasChange.Rename("then", "now")))
                    .isEmpty());
        }
    }

    @Test
    void anAliasCannotTakeTheNameOfACollectionByRenaming() {
        try (Catalogue catalogue = Catalogue.inMemory(10)) {
            catalogue.create("t", "one", CONFIG);
            catalogue.create("t", "two", CONFIG);
            catalogue.changeAliases("t", List.of(new AliasChange.Assign("now", "one")));
            Refused refused = assertThrows(
                    Refused.class, () -> catalogue.changeAliases("t", List.of(new AliasChange.Rename("now", "two"))));
            assertEquals("collection_exists", refused.refusal().code());
            assertEquals(Map.of("now", "one"), catalogue.aliases("t"));
        }
    }

    @Test
    void aCrashKeepsAliasesOfTheLogAndOfTheManifest(@TempDir Path home) throws IOException {
        Catalogue catalogue = Catalogue.open(home, 10);
        catalogue.create("t", "one", CONFIG);
        catalogue.create("t", "two", CONFIG);
        catalogue.changeAliases("t", List.of(new AliasChange.Assign("a", "one"), new AliasChange.Assign("b", "one")));
        catalogue.checkpoint();
        catalogue
                .changeAliases("t", List.of(new AliasChange.Assign("a", "two"), new AliasChange.Remove("b")))
                .orElseThrow()
                .durable()
                .join();
        catalogue.drop("t", "one").orElseThrow().durable().join();
        catalogue.closeWithoutCheckpoint();
        try (Catalogue again = Catalogue.open(home, 10)) {
            assertEquals(Map.of("a", "two"), again.aliases("t"));
        }
        try (Catalogue later = Catalogue.open(home, 10)) {
            assertEquals(Map.of("a", "two"), later.aliases("t"));
        }
    }
}
