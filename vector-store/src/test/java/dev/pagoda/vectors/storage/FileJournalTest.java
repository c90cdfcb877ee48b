package dev.pagoda.vectors.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileJournalTest {
    @TempDir
    Path home;

    private final Map<Long, String> found = new LinkedHashMap<>();
    private final List<String> findings = new ArrayList<>();

    @Test
    void givesBackWhatWasAppendedInOrderAndCountsOn() throws IOException {
        FileJournal journal = open();
        append(journal, "a", "b");
        journal.close();
        journal = open();
        assertEquals(Map.of(1L, "a", 2L, "b"), found);
        assertEquals(3, journal.append(bytes("c")).sequence());
        journal.close();
        open().close();
        assertEquals(Map.of(1L, "a", 2L, "b", 3L, "c"), found);
        assertEquals(List.of(), findings);
    }

    @Test
    void forgetsEndedFilesAndOnlyThose() throws IOException {
        FileJournal journal = open();
        append(journal, "a", "b");
        assertEquals(2, journal.roll());
        append(journal, "c");
        assertEquals(3, journal.roll());
        append(journal, "d");
        journal.discardThrough(2);
        journal.close();
        open().close();
        assertEquals(Map.of(3L, "c", 4L, "d"), found);
    }

    @Test
    void oneForceServesAllWhoCameDuringTheLast() throws IOException {
        FileJournal journal = open();
        long before = journal.forces();
        List<CompletableFuture<Void>> acknowledged = new ArrayList<>();
        acknowledged.add(journal.append(new byte[30_000_000]).durable());
        for (int i = 0; i < 200; i++) {
            acknowledged.add(journal.append(bytes("small")).durable());
        }
        CompletableFuture.allOf(acknowledged.toArray(CompletableFuture[]::new)).join();
        long forces = journal.forces() - before;
        assertTrue(forces < 100, forces + " forces for 201 records");
        journal.close();
    }

    @Test
    void losesOnlyTheTailToACutAtAnyByte() throws IOException {
        FileJournal journal = open();
        append(journal, "first", "second", "third");
        journal.close();
        Path log = segment();
        byte[] whole = Files.readAllBytes(log);
        int[] ends = {16 + 5, 2 * 16 + 11, 3 * 16 + 16};
        for (int length = 0; length <= whole.length; length++) {
            int cut = length;
            Files.write(log, Arrays.copyOf(whole, cut));
            findings.clear();
            open().close();
            long sound = IntStream.of(ends).filter(end -> end <= cut).count();
            assertEquals(sound, found.size(), "cut at " + cut);
            boolean clean = cut == 0 || IntStream.of(ends).anyMatch(end -> end == cut);
            assertEquals(clean ? 0 : 1, findings.size(), "cut at " + cut);
        }
    }

    @Test
    void neverTakesAFlippedBitForARecord() throws IOException {
        FileJournal journal = open();
        append(journal, "first", "second", "third");
        journal.close();
        Path log = segment();
        byte[] whole = Files.readAllBytes(log);
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            Files.write(log, flipped);
            findings.clear();
            open().close();
            assertTrue(found.values().stream().allMatch(List.of("first", "second", "third")::contains), "bit " + bit);
            assertTrue(found.size() < 3, "bit " + bit);
            assertEquals(1, findings.size(), "bit " + bit);
        }
    }

    @Test
    void refusesRecordsOnceClosed() throws IOException {
        FileJournal journal = open();
        journal.close();
        assertThrows(JournalFailedException.class, () -> journal.append(bytes("late")));
    }

    @Test
    void framedFilesAreWholeOrRefused() throws IOException {
        Path file = home.resolve("framed");
        FramedFile.write(Disk.MACHINE, file, sink -> {
            sink.block(bytes("one"));
            sink.block(bytes("two"));
        });
        List<String> blocks = new ArrayList<>();
        FramedFile.read(Disk.MACHINE, file, body -> blocks.add(new String(body, StandardCharsets.UTF_8)));
        assertEquals(List.of("one", "two"), blocks);
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThrows(
                    DamagedFileException.class,
                    () -> FramedFile.read(Disk.MACHINE, file, body -> {}),
                    "cut at " + length);
        }
    }

    private FileJournal open() throws IOException {
        found.clear();
        FileJournal journal = FileJournal.open(Disk.MACHINE, home.resolve("log"));
        journal.recover(
                0, 0, (sequence, body) -> found.put(sequence, new String(body, StandardCharsets.UTF_8)), findings::add);
        return journal;
    }

    private Path segment() throws IOException {
        try (var files = Files.newDirectoryStream(home.resolve("log"), "*.log")) {
            return files.iterator().next();
        }
    }

    private static void append(FileJournal journal, String... texts) {
        for (String text : texts) {
            journal.append(bytes(text)).durable().join();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
