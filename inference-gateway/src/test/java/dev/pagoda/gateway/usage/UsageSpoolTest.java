package dev.pagoda.gateway.usage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.api.BatchPriced;
import dev.pagoda.governance.api.Governance;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.UsageBatch;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class UsageSpoolTest {
    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx);
    private final Map<String, UsageRecord> ledger = new ConcurrentHashMap<>();

    @TempDir
    private Path folder;

    @AfterEach
    void close() {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    private static Principal principal() {
        return new Principal("acme", "team", "project", "k1", Principal.Role.MEMBER);
    }

    private static UsageRecord usage(int number) {
        return new UsageRecord(
                "req_" + number,
                "chat",
                "m",
                number,
                2L * number,
                UsageRecord.Outcome.COMPLETED,
                1_700_000_000_000_000L,
                5);
    }

    private void serveLedger() {
        bus.serve(Governance.RECORD_BATCH, (batch, call) -> {
            for (UsageBatch.Entry entry : batch.entries()) {
                ledger.putIfAbsent(entry.usage().requestId(), entry.usage());
            }
            return Future.succeededFuture(new BatchPriced(batch.entries().size(), 0));
        });
    }

    private long files() throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        }
    }

    @Test
    void whatADeadProcessHadNotBookedIsBookedAtTheNextStart() throws Exception {
        var dead = new UsageSpool(vertx, bus, Optional.of(folder));
        dead.open();
        for (int i = 0; i < 1_000; i++) {
            dead.book(principal(), usage(i));
        }
        serveLedger();
        var next = new UsageSpool(vertx, bus, Optional.of(folder));
        next.open();
        await(next.close());

        assertEquals(1_000, ledger.size());
        assertEquals(usage(999), ledger.get("req_999"));
    }

    @Test
    void fullFilesGoWhenTheyAreBooked() throws Exception {
        var spool = new UsageSpool(vertx, bus, Optional.of(folder));
        spool.open();
        for (int i = 0; i < 150_000; i++) {
            spool.book(principal(), usage(i));
        }
        assertTrue(files() >= 2, "the entries fit into one file");
        serveLedger();
        await(spool.close());

        assertEquals(150_000, ledger.size());
        assertEquals(0, files());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void onlyTheFileThatIsAppendedToTakesMemory() throws Exception {
        var spool = new UsageSpool(vertx, bus, Optional.of(folder));
        spool.open();
        for (int i = 0; i < 150_000; i++) {
            spool.book(principal(), usage(i));
        }
        assertTrue(files() >= 2, "the entries fit into one file");
        assertEquals(1, mapped());
        serveLedger();
        await(spool.close());
        assertEquals(0, mapped());
    }

    private long mapped() throws Exception {
        try (Stream<String> mappings = Files.lines(Path.of("/proc/self/maps"))) {
            return mappings.filter(line -> line.contains(folder.toString())).count();
        }
    }

    @Test
    void aRecordThatWasNotWrittenWholeEndsItsFile() throws Exception {
        var dead = new UsageSpool(vertx, bus, Optional.of(folder));
        dead.open();
        dead.book(principal(), usage(1));
        dead.book(principal(), usage(2));
        Path file;
        try (Stream<Path> files = Files.list(folder)) {
            file = files.findFirst().orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(file);
        int second = 8 + ByteBuffer.wrap(bytes).getInt(0);
        bytes[second + 8 + 3] ^= 1;
        Files.write(file, bytes);

        assertEquals(1, SpoolFile.read(file).size());
    }

    @Test
    void withoutAFolderUsageIsBookedAllTheSame() {
        serveLedger();
        var spool = new UsageSpool(vertx, bus, Optional.empty());
        spool.open();
        spool.book(principal(), usage(1));
        await(spool.close());

        assertEquals(1, ledger.size());
    }
}
