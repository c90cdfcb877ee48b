package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.storage.DamagedFileException;
import dev.pagoda.vectors.storage.Disk;
import dev.pagoda.vectors.storage.Encoder;
import dev.pagoda.vectors.storage.FramedFile;
import dev.pagoda.vectors.storage.MemoryJournal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Snapshots of format 1: links of another kind, and rows of dead slots.
class OldSnapshotTest {
    private static final int SLOTS = 900;

    /// As many as a graph needs to be used.
    private static final int LINKED = DenseField.LEAST_LINKED;

    private static final CollectionConfig CONFIG = CollectionConfig.of(2, Distance.EUCLID);

    @TempDir
    Path home;

    @Test
    void pointsAreReadAndLinkedAnew() throws IOException {
        Path file = home.resolve("old");
        write(file, 1);
        Collection docs = read(file);
        assertEquals(SLOTS * 2 / 3, docs.points());
        Query near = Query.nearest("", VectorValue.dense(100, 0), Filter.EVERYTHING, 3);
        assertEquals(
                List.of(PointId.of(100), PointId.of(101), PointId.of(98)),
                docs.query(near, false).stream().map(Hit::id).toList());
        Hit hit = docs.retrieve(List.of(PointId.of(7)), true).getFirst();
        assertEquals(Map.of("n", 7L), hit.payload());
        assertEquals(VectorValue.dense(7, 0), hit.vectors().get(""));

        Path again = home.resolve("new");
        try (Snapshot snapshot = docs.snapshot()) {
            snapshot.write(Disk.MACHINE, again);
        }
        assertEquals(SLOTS * 2 / 3, read(again).points());
    }

    @Test
    void formatsOfTheFutureAreRefusedByName() throws IOException {
        Path file = home.resolve("future");
        write(file, 9);
        String message =
                assertThrows(DamagedFileException.class, () -> read(file)).getMessage();
        assertTrue(String.valueOf(message).contains("format 9 is not from 1 to 3"), message);
    }

    @Test
    void linksOfFormat2AreTakenWhereTheGraphIsTheSame() throws IOException {
        Path file = home.resolve("format2");
        writeFormat2(file, 16, 0);
        Collection docs = read(file);
        assertEquals(LINKED, docs.points());
        Query near = Query.nearest("", VectorValue.dense(1, 0), Filter.EVERYTHING, 3);
        assertEquals(PointId.of(1), docs.query(near, false).getFirst().id());
        assertEquals(
                Map.of("on_disk", false),
                Objects.requireNonNull(docs.config().dense().get("")).settings());

        // a link to nowhere shows that links are read
        writeFormat2(file, 16, LINKED);
        List<String> findings = new ArrayList<>();
        assertEquals(LINKED, read(file, findings).points());
        assertEquals(1, findings.size());
        assertTrue(findings.getFirst().contains("has no vector"), findings::toString);
        writeFormat2(file, 8, LINKED);
        assertEquals(LINKED, read(file).points());
    }

    private static Collection read(Path file) throws IOException {
        List<String> findings = new ArrayList<>();
        Collection collection = read(file, findings);
        assertEquals(List.of(), findings);
        return collection;
    }

    private static Collection read(Path file, List<String> findings) throws IOException {
        Snapshot.Restored restored = Snapshot.read(Disk.MACHINE, file, new MemoryJournal());
        restored.links().ifPresent(links -> links.read(() -> false, findings::add));
        return restored.collection();
    }

    /// Points in a row, each of which links to the next and the last one to a node.
    private static void writeFormat2(Path file, int m, int to) throws IOException {
        FramedFile.write(Disk.MACHINE, file, sink -> {
            sink.block(new Encoder()
                    .writeByte(0)
                    .writeInt(2)
                    .writeLong(5)
                    .writeText("acme")
                    .writeText("docs")
                    .writeLong(77)
                    .writeInt(1)
                    .writeText("")
                    .writeInt(2)
                    .writeText("EUCLID")
                    .writeInt(0)
                    .writeInt(16)
                    .writeInt(100)
                    .writeInt(10_000)
                    .writeValue(Map.of())
                    .writeValue(Map.of("vectors", Map.of("size", 2L, "distance", "Euclid", "on_disk", false)))
                    .writeInt(m)
                    .writeInt(100)
                    .toBytes());
            Encoder slots = new Encoder().writeByte(1).writeInt(0);
            for (int slot = 0; slot < LINKED; slot++) {
                slots.writeInt(1).writeText("").writeFloats(new float[] {slot, 0});
                LogRecord.writeId(slots.writeByte(1), PointId.of(slot));
                slots.writeLong(9).writeLong(9).writeValue(Map.of()).writeInt(0);
            }
            sink.block(slots.toBytes());
            Encoder links =
                    new Encoder().writeByte(3).writeText("").writeLong(0).writeInt(0);
            for (int node = 0; node < LINKED; node++) {
                int target = node == LINKED - 1 ? to : node + 1;
                links.writeInt(node).writeByte(1).writeInts(new int[] {target}).writeInt(0);
            }
            sink.block(links.toBytes());
        });
    }

    /// Every third slot is dead.
    private static void write(Path file, int format) throws IOException {
        FramedFile.write(Disk.MACHINE, file, sink -> {
            Encoder header = new Encoder()
                    .writeByte(0)
                    .writeInt(format)
                    .writeLong(5)
                    .writeText("acme")
                    .writeText("docs")
                    .writeLong(77);
            LogRecord.writeConfig(header, CONFIG);
            sink.block(header.toBytes());
            Encoder slots = new Encoder().writeByte(1).writeInt(0);
            for (int slot = 0; slot < SLOTS; slot++) {
                slots.writeInt(1).writeText("").writeFloats(new float[] {slot, 0});
                if (slot % 3 == 0) {
                    slots.writeByte(0);
                } else {
                    LogRecord.writeId(slots.writeByte(1), PointId.of(slot));
                    slots.writeLong(9).writeLong(9).writeValue(Map.of("n", (long) slot));
                    slots.writeInt(0);
                }
            }
            sink.block(slots.toBytes());
            sink.block(new Encoder()
                    .writeByte(2)
                    .writeText("")
                    .writeLong(0)
                    .writeInt(0)
                    .writeInt(-1)
                    .writeInt(1)
                    .writeInts(new int[] {1})
                    .toBytes());
        });
    }
}
