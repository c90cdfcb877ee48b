package dev.pagoda.gateway.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RequestFilesTest {
    private static final RequestQuery ALL = query(Map.of(), 1_000_000);

    @TempDir
    Path folder;

    private final List<RequestRow> written = new ArrayList<>();
    private Random random = new Random(1);
    private long now = 1_700_000_000_000_000L;

    @BeforeEach
    void sayTheSeed() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        random = new Random(seed);
    }

    private static RequestQuery query(Map<String, String> equal, int limit) {
        return new RequestQuery(equal, Optional.empty(), 0, Long.MAX_VALUE, 0, 0, Long.MAX_VALUE, limit);
    }

    private String any(String... of) {
        return of[random.nextInt(of.length)];
    }

    private RequestRow row(long seq) {
        now += random.nextInt(5_000) - 1_000;
        String hex = HexFormat.of().toHexDigits(now) + HexFormat.of().toHexDigits(random.nextLong());
        String[] texts = {
            any("acme", "globex"),
            "team",
            any("p1", "p2", "p3"),
            "k" + random.nextInt(20),
            any("chat", "embeddings"),
            any("llama", "qwen", "ein Modell mit Umlaut: ä€😀"),
            "",
            "replica-" + random.nextInt(3),
            "relay",
            "",
            random.nextInt(10) == 0 ? "PII:masked e-mail; words" : "",
            any("completed", "refused"),
            "",
            "stop"
        };
        long[] numbers = {now, -1, random.nextInt(1_000), random.nextLong(1L << 40), -1, 0, 17, 0, Long.MAX_VALUE};
        String id = random.nextInt(20) == 0 ? "own-" + seq + any("ä", "") : "req_" + hex;
        return new RequestRow(seq, id, random.nextInt(9) == 0 ? "none" : hex, texts, numbers);
    }

    private void append(RequestFiles to, int rows) throws IOException {
        var block = new BlockWriter();
        for (int i = 0; i < rows; i++) {
            var row = row(written.size() + 1L);
            written.add(row);
            block.add(row);
        }
        to.append(block.block());
    }

    private static List<Map<String, Object>> columns(List<RequestRow> rows) {
        return rows.stream().map(RequestRow::columns).toList();
    }

    private List<RequestRow> newestFirst() {
        return written.reversed();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    @Test
    void everyRowComesBackAsItWasNewestFirst() throws IOException {
        try (var files = new RequestFiles(folder, 100)) {
            assertEquals(0, files.open());
            for (int i = 0; i < 40; i++) {
                append(files, 1 + random.nextInt(30));
            }
            List<RequestRow> found = files.find(ALL);
            assertEquals(columns(newestFirst()), columns(found));
            assertEquals(written.size(), found.getFirst().seq());
        }
    }

    @Test
    void searchesFindWhatAScanOfAllRowsFinds() throws IOException {
        try (var files = new RequestFiles(folder, 200)) {
            files.open();
            for (int i = 0; i < 30; i++) {
                append(files, 1 + random.nextInt(50));
            }
            for (int i = 0; i < 200; i++) {
                RequestRow some = written.get(random.nextInt(written.size()));
                List<Map<String, String>> wanted = List.of(
                        Map.of(),
                        Map.of("tenant", "acme"),
                        Map.of("tenant", "globex", "project", "p2", "outcome", "refused"),
                        Map.of("model", "no-such-model"),
                        Map.of("request_id", some.requestId()),
                        Map.of("trace_id", some.traceId(), "tenant", some.texts()[RequestRow.TENANT]));
                var query = new RequestQuery(
                        wanted.get(random.nextInt(wanted.size())),
                        random.nextInt(4) == 0 ? Optional.of("pii:MASKED") : Optional.empty(),
                        random.nextBoolean() ? 0 : some.startedMicros(),
                        random.nextBoolean()
                                ? Long.MAX_VALUE
                                : written.get(random.nextInt(written.size())).startedMicros(),
                        random.nextBoolean() ? 0 : 1L << 39,
                        random.nextInt(written.size()),
                        random.nextBoolean() ? Long.MAX_VALUE : random.nextInt(written.size()),
                        1 + random.nextInt(60));
                assertEquals(columns(scan(query)), columns(files.find(query)), query.toString());
            }
        }
    }

    private List<RequestRow> scan(RequestQuery query) {
        return newestFirst().stream()
                .filter(row -> row.seq() > query.afterSeq() && row.seq() < query.beforeSeq())
                .filter(row -> row.startedMicros() >= query.fromMicros() && row.startedMicros() < query.toMicros())
                .filter(row -> ((Number) Objects.requireNonNull(row.columns().get("duration_micros"))).longValue()
                        >= query.leastDurationMicros())
                .filter(row -> query.equal().entrySet().stream()
                        .allMatch(equal -> equal.getValue().equals(row.columns().get(equal.getKey()))))
                .filter(row -> query.guard().isEmpty()
                        || row.texts()[RequestRow.GUARD]
                                .toLowerCase(Locale.ROOT)
                                .contains(query.guard().get().toLowerCase(Locale.ROOT)))
                .limit(query.limit())
                .toList();
    }

    @Test
    void goesOnWhereAnEarlierProcessEnded() throws IOException {
        try (var files = new RequestFiles(folder, 50)) {
            files.open();
            append(files, 70);
            append(files, 3);
        }
        try (var files = new RequestFiles(folder, 50)) {
            assertEquals(73, files.open());
            append(files, 5);
            assertEquals(columns(newestFirst()), columns(files.find(ALL)));
        }
    }

    @Test
    void aTornBlockAtTheEndIsCutOffAndNothingElse() throws IOException {
        try (var files = new RequestFiles(folder, 50)) {
            files.open();
            append(files, 10);
            append(files, 10);
        }
        Path file = files().getFirst();
        long torn = 1L + random.nextInt(200);
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(bytes, (int) (bytes.length - torn)));
        written.subList(10, 20).clear();
        try (var files = new RequestFiles(folder, 50)) {
            assertEquals(10, files.open());
            append(files, 10);
            assertEquals(columns(newestFirst()), columns(files.find(ALL)));
        }
    }

    @Test
    void aDamagedBlockIsPassedOver() throws IOException {
        try (var files = new RequestFiles(folder, 50)) {
            files.open();
            append(files, 10);
            long begins = Files.size(files().getFirst());
            append(files, 10);
            append(files, 10);
            try (var channel = Files.newByteChannel(files().getFirst(), StandardOpenOption.WRITE)) {
                channel.position(begins + BlockHead.BYTES + 40);
                channel.write(java.nio.ByteBuffer.wrap(new byte[] {99, 99, 99, 99}));
            }
            written.subList(10, 20).clear();
            assertEquals(columns(newestFirst()), columns(files.find(ALL)));
        }
    }

    @Test
    void smallBlocksAreWrittenAgainAsLargeOnes() throws IOException {
        try (var files = new RequestFiles(folder, 100_000)) {
            files.open();
            for (int i = 0; i < 1_023; i++) {
                append(files, 1 + random.nextInt(2));
            }
            long before = Files.size(files().getFirst());
            append(files, 1);
            assertEquals(1, files().size());
            assertTrue(Files.size(files().getFirst()) < before / 2);
            append(files, 3);
            assertEquals(columns(newestFirst()), columns(files.find(ALL)));
        }
        try (var files = new RequestFiles(folder, 100_000)) {
            assertEquals(written.size(), files.open());
            assertEquals(columns(newestFirst()), columns(files.find(ALL)));
        }
    }

    @Test
    void ofTwoGenerationsTheLaterOneCounts() throws IOException {
        try (var files = new RequestFiles(folder, 100_000)) {
            files.open();
            append(files, 20);
        }
        Path first = files().getFirst();
        Files.copy(first, folder.resolve(first.getFileName().toString().replace("-000", "-001")));
        Files.write(folder.resolve("0000000000000000001-002.requests.unfinished"), new byte[100]);
        try (var files = new RequestFiles(folder, 100_000)) {
            assertEquals(20, files.open());
            assertEquals(1, files().size());
            assertEquals(columns(newestFirst()), columns(files.find(ALL)));
        }
    }

    @Test
    void oldRowsGoByWholeFilesAndTheLastFileStays() throws IOException {
        try (var files = new RequestFiles(folder, 10)) {
            files.open();
            for (int i = 0; i < 5; i++) {
                append(files, 10);
            }
            assertEquals(21, files.forget(Long.MIN_VALUE, 25));
            assertEquals(30, files.find(ALL).size());
            assertEquals(3, files().size());
            assertEquals(41, files.forget(Long.MAX_VALUE, 0));
            assertEquals(10, files.find(ALL).size());
            assertFalse(files().isEmpty());
        }
    }
}
