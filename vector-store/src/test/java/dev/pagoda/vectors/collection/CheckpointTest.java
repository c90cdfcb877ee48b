package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.storage.SimulatedDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is on disk after checkpoints that went wrong, or that left out what had not to be written.
class CheckpointTest {
    private static final Path HOME = Path.of("/vectors");
    private static final String TENANT = "acme";

    private final SimulatedDisk disk = new SimulatedDisk();

    private Catalogue open() throws IOException {
        return Catalogue.open(disk, HOME, 10);
    }

    private static void write(Catalogue catalogue, String name, int from, int to) {
        if (catalogue.find(TENANT, name).isEmpty()) {
            catalogue.create(TENANT, name, CollectionConfig.of(2, Distance.EUCLID));
        }
        List<Point> points = new ArrayList<>();
        for (int id = from; id < to; id++) {
            points.add(Point.of(PointId.of(id), new VectorValue.Dense(new float[] {id, 1}), Map.of()));
        }
        catalogue
                .get(TENANT, name)
                .write(List.of(new Change.Upsert(points, Change.Mode.UPSERT, Filter.EVERYTHING)))
                .durable()
                .join();
    }

    private static int count(Catalogue catalogue, String name) {
        List<PointId> ids = new ArrayList<>();
        for (int id = 0; id < 2_000; id++) {
            ids.add(PointId.of(id));
        }
        return catalogue.get(TENANT, name).retrieve(ids, false).size();
    }

    /// One of the two manifests on disk may be the new one then.
    @ParameterizedTest
    @ValueSource(strings = {"MANIFEST", "MANIFEST.copy"})
    void aManifestThatIsHalfWrittenCostsNothing(String refused) throws IOException {
        Catalogue first = open();
        write(first, "one", 0, 100);
        write(first, "two", 0, 100);
        first.checkpoint();
        write(first, "one", 100, 200);
        disk.refuse(refused);
        assertThrows(IOException.class, first::checkpoint);
        disk.refuse(null);
        write(first, "two", 100, 150);
        first.closeWithoutCheckpoint();
        try (Catalogue second = open()) {
            assertEquals(List.of(), second.findings());
            assertEquals(200, count(second, "one"));
            assertEquals(150, count(second, "two"));
        }
        try (Catalogue third = open()) {
            assertEquals(List.of(), third.findings());
            assertEquals(200, count(third, "one"));
        }
    }

    /// The first checkpoint leaves one of the two manifests new and the other old; the second one gets no further than
    /// its snapshots.
    @ParameterizedTest
    @ValueSource(strings = {"MANIFEST", "MANIFEST.copy"})
    void twoCheckpointsThatFailInARowCostNothing(String refused) throws IOException {
        Catalogue first = open();
        write(first, "one", 0, 100);
        write(first, "two", 0, 100);
        first.checkpoint();
        write(first, "one", 100, 200);
        write(first, "two", 100, 150);
        disk.refuse(refused);
        assertThrows(IOException.class, first::checkpoint);
        write(first, "one", 200, 250);
        Collection one = first.get(TENANT, "one");
        disk.refuse(one.id() + "-" + one.committed() + ".snapshot");
        assertThrows(IOException.class, first::checkpoint);
        disk.refuse(null);
        first.closeWithoutCheckpoint();
        try (Catalogue second = open()) {
            assertEquals(List.of(), second.findings());
            assertEquals(250, count(second, "one"));
            assertEquals(150, count(second, "two"));
        }
    }

    @Test
    void aCheckpointThatFailedIsMadeWhenTheStoreCloses() throws IOException {
        Catalogue first = open();
        write(first, "one", 0, 100);
        disk.refuse("MANIFEST");
        assertThrows(IOException.class, first::checkpoint);
        disk.refuse(null);
        first.close();
        assertTrue(disk.exists(HOME.resolve("MANIFEST")));
        try (Catalogue second = open()) {
            assertEquals(100, count(second, "one"));
        }
    }

    @Test
    void aDroppedCollectionTakesItsAliasesAlongThoughNothingElseIsWritten() throws IOException {
        Catalogue first = open();
        write(first, "large", 0, 2_000);
        write(first, "old", 0, 10);
        first.changeAliases(TENANT, List.of(new AliasChange.Assign("now", "old")));
        first.checkpoint();
        // not worth a checkpoint: its journal is smaller than what would have to be written
        write(first, "large", 0, 1);
        first.drop(TENANT, "old").orElseThrow().durable().join();
        first.maintain(Long.MAX_VALUE);
        first.closeWithoutCheckpoint();
        try (Catalogue second = open()) {
            assertEquals(Map.of(), second.aliases(TENANT));
            write(second, "now", 0, 1);
            assertEquals(1, count(second, "now"));
        }
    }

    @Test
    void theNewestCollectionOfANameIsTheOneThatIsFound() throws IOException {
        Catalogue first = open();
        write(first, "one", 0, 10);
        first.drop(TENANT, "one").orElseThrow().durable().join();
        write(first, "one", 5, 25);
        first.changeAliases(TENANT, List.of(new AliasChange.Assign("now", "one")));
        first.closeWithoutCheckpoint();
        try (Catalogue second = open()) {
            assertEquals(20, count(second, "one"));
            assertEquals(20, count(second, "now"));
            second.drop(TENANT, "one").orElseThrow().durable().join();
            assertTrue(second.find(TENANT, "one").isEmpty());
            assertEquals(Map.of(), second.aliases(TENANT));
        }
    }
}
