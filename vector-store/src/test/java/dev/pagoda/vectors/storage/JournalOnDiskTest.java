package dev.pagoda.vectors.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The journal on a disk that is full, fails, or loses its power.
class JournalOnDiskTest {
    private static final Path LOG = Path.of("/log");

    private final SimulatedDisk disk = new SimulatedDisk();
    private final Map<Long, String> found = new TreeMap<>();
    private final List<String> findings = new ArrayList<>();

    @SuppressWarnings("NullAway.Init") // each test opens it first
    private FileJournal journal;

    @AfterEach
    void close() throws IOException {
        if (journal != null) {
            journal.close();
        }
    }

    @Test
    void aFullDiskRefusesRecordsUntilThereIsRoom() throws IOException {
        journal = open(disk);
        append("first");
        disk.setCapacity(disk.usedBytes() + 10);
        CompletableFuture<Void> lost = journal.append(bytes("second")).durable();
        assertInstanceOf(
                JournalFailedException.class,
                assertThrows(CompletionException.class, lost::join).getCause());
        assertThrows(JournalFailedException.class, () -> journal.append(bytes("third")));
        assertTrue(journal.refusal().orElseThrow().contains("No space left on device"), journal.refusal()::toString);
        assertThrows(IOException.class, () -> journal.roll());

        disk.setCapacity(Long.MAX_VALUE);
        awaitSound();
        append("third");
        journal.close();
        journal = open(disk.restarted(new Random(1)));
        // what was in the order when the disk was full is written once it is not, in its place
        assertEquals(Map.of(1L, "first", 2L, "second", 3L, "third"), found);
        assertEquals(List.of(), findings);
    }

    @Test
    void aCrashOnAFullDiskLeavesWhatWasAcknowledged() throws IOException {
        journal = open(disk);
        append("first");
        disk.setCapacity(disk.usedBytes() + 10);
        CompletableFuture<Void> lost = journal.append(bytes("second")).durable();
        assertThrows(CompletionException.class, lost::join);
        SimulatedDisk after = disk.restarted(new Random(3));
        journal.close();
        journal = open(after);
        assertEquals(Map.of(1L, "first"), found);
    }

    @Test
    void aRollThatTheDiskRefusedIsMadeLater() throws IOException {
        journal = open(disk);
        append("first");
        disk.failForces(2);
        journal.append(bytes("second"));
        assertThrows(IOException.class, () -> journal.roll());
        awaitSound();
        append("third");
        assertEquals(3, journal.roll());
        append("fourth");
        journal.discardThrough(3);
        journal.close();
        journal = open(disk);
        assertEquals(Map.of(4L, "fourth"), found);
    }

    @Test
    void whatAFailedForceDroppedIsWrittenAgain() throws IOException {
        journal = open(disk);
        append("first");
        disk.failForces(3);
        CompletableFuture<Void> second = journal.append(bytes("second")).durable();
        assertThrows(CompletionException.class, second::join);
        awaitSound();
        append("third");
        SimulatedDisk after = disk.restarted(new Random(7));
        journal.close();
        journal = open(after);
        assertEquals(Map.of(1L, "first", 2L, "second", 3L, "third"), found);
    }

    @Test
    void recordsThatMayBeForcedLaterAre() throws IOException {
        journal = open(disk);
        long start = System.nanoTime();
        long forces = journal.forces();
        journal.append(bytes("soon"), TimeUnit.MILLISECONDS.toNanos(200))
                .durable()
                .join();
        assertEquals(forces, journal.forces());
        awaitTrue(() -> journal.forces() > forces);
        assertTrue(System.nanoTime() - start >= TimeUnit.MILLISECONDS.toNanos(200));
        assertEquals(Map.of(1L, "soon"), foundAfterPowerCut());
    }

    @Test
    void aRecordThatMustBeForcedTakesThoseBeforeItAlong() throws IOException {
        journal = open(disk);
        for (int i = 0; i < 50; i++) {
            journal.append(bytes("lazy" + i), TimeUnit.HOURS.toNanos(1))
                    .durable()
                    .join();
        }
        append("now");
        assertEquals(51, foundAfterPowerCut().size());
    }

    @Test
    void anEarlierDemandShortensTheWait() throws IOException {
        journal = open(disk);
        long forces = journal.forces();
        journal.append(bytes("lazy"), TimeUnit.HOURS.toNanos(1)).durable().join();
        journal.append(bytes("soon"), TimeUnit.MILLISECONDS.toNanos(1))
                .durable()
                .join();
        awaitTrue(() -> journal.forces() > forces);
        assertEquals(2, foundAfterPowerCut().size());
    }

    @Test
    void numbersThatWereGivenAreNotGivenAgain() throws IOException {
        journal = open(disk);
        append("first");
        journal.close();
        journal = FileJournal.open(disk, LOG);
        journal.recover(0, 5, (sequence, body) -> {}, findings::add);
        assertEquals(6, journal.append(bytes("sixth")).sequence());
        journal.close();
        journal = open(disk);
        assertEquals(Map.of(1L, "first", 6L, "sixth"), found);
        assertEquals(List.of(), findings);
    }

    @Test
    void missingRecordsAreReported() throws IOException {
        journal = open(disk);
        append("first");
        journal.roll();
        append("second");
        journal.roll();
        append("third");
        journal.close();
        disk.delete(LOG.resolve("00000000000000000002.log"));
        journal = open(disk);
        assertEquals(Map.of(1L, "first", 3L, "third"), found);
        assertEquals(1, findings.size());
        assertTrue(findings.getFirst().endsWith("records 2 to 2 are missing"), findings::toString);
    }

    @Test
    void aRecordWithADamagedLengthCostsOneRecord() throws IOException {
        journal = open(disk);
        append("first");
        append("second");
        append("third");
        journal.close();
        Path log = disk.files().getFirst();
        disk.flip(log, (16 + 5) * 8L + 5);
        journal = open(disk);
        assertEquals(Map.of(1L, "first", 3L, "third"), found);
        assertEquals(1, findings.size());
        assertTrue(findings.getFirst().startsWith(log + " is damaged at offset 21: 22 bytes"), findings::toString);
    }

    @Test
    void nothingBehindATornRecordOfTheSameWriteCounts() throws IOException {
        journal = open(disk);
        journal.append(bytes("first"), TimeUnit.HOURS.toNanos(1)).durable().join();
        journal.append(bytes("second"), TimeUnit.HOURS.toNanos(1)).durable().join();
        journal.append(bytes("third"), TimeUnit.HOURS.toNanos(1)).durable().join();
        SimulatedDisk cut = null;
        for (int seed = 0; cut == null; seed++) {
            SimulatedDisk candidate = disk.restarted(new Random(seed));
            byte[] log = candidate.exists(disk.files().getFirst())
                    ? candidate.bytes(disk.files().getFirst())
                    : new byte[0];
            boolean hasHole = log.length == 3 * 16 + 16 && log[3] == 0;
            cut = hasHole ? candidate : null;
        }
        journal.close();
        journal = open(cut);
        assertEquals(Map.of(), found);
        assertEquals(1, findings.size(), findings::toString);
        assertFalse(cut.files().stream()
                .filter(file -> file.toString().contains(".cut-"))
                .toList()
                .isEmpty());
    }

    private Map<Long, String> foundAfterPowerCut() throws IOException {
        SimulatedDisk after = disk.restarted(new Random(11));
        journal.close();
        journal = open(after);
        return found;
    }

    private FileJournal open(SimulatedDisk on) throws IOException {
        found.clear();
        findings.clear();
        FileJournal opened = FileJournal.open(on, LOG);
        opened.recover(
                0, 0, (sequence, body) -> found.put(sequence, new String(body, StandardCharsets.UTF_8)), findings::add);
        return opened;
    }

    private void append(String text) {
        journal.append(bytes(text)).durable().join();
    }

    private void awaitSound() {
        awaitTrue(() -> journal.refusal().isEmpty());
    }

    private static void awaitTrue(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "nothing within 60 s");
            Thread.onSpinWait();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
