package dev.pagoda.workflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.workflow.rag.RetrievalBench;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class RetrievalBenchTest {
    @TempDir
    Path temporary;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final FakeVectors vectors = new FakeVectors();
    private final FakeGateway gateway = new FakeGateway();
    private RunningModule module;
    private Path data;

    @BeforeEach
    void start() throws IOException {
        module = new RunningModule(temporary.resolve("data"), RunningModule.config(temporary), (_, bus) -> {
            vectors.serve(bus);
            gateway.serve(bus);
        });
        data = Files.createDirectories(temporary.resolve("tiny"));
        Files.writeString(data.resolve("corpus.jsonl"), """
                {"_id":"d1","title":"Shipping","text":"Parcels leave the warehouse every morning."}
                {"_id":"d2","title":"Opening hours","text":"The shop opens at nine."}
                """);
        Files.writeString(data.resolve("queries.jsonl"), """
                {"_id":"q1","text":"when do parcels leave"}
                {"_id":"q2","text":"when opens the shop"}
                """);
        Files.writeString(data.resolve("qrels.tsv"), "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n");
    }

    @AfterEach
    void stop() {
        module.close();
    }

    private int bench(String... arguments) {
        return new CommandLine(new RetrievalBench())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    @Test
    void printsWhatItMeasuredAndCleansUp() throws Exception {
        int exit = bench("--data", data.toString(), "--url", module.url(), "--api-key", "acme", "--min-recall", "1");
        assertEquals(0, exit, err::toString);
        var line = out.toString()
                .lines()
                .filter(text -> text.startsWith("tiny"))
                .findFirst()
                .orElseThrow();
        assertTrue(line.matches("tiny +2 +2 +2 +1\\.0000 +1\\.0000 +1\\.0000 +1\\.0000 .*"), line);
        assertEquals(
                0,
                module.expect(200, "acme", "GET", "/platform/knowledge-bases", "")
                        .get("data")
                        .size());
    }

    @Test
    void failsBelowTheRecallAskedFor() throws IOException {
        Files.writeString(data.resolve("qrels.tsv"), "query-id\tcorpus-id\tscore\nq1\tnone\t1\nq2\td2\t1\n");
        assertEquals(
                1, bench("--data", data.toString(), "--url", module.url(), "--api-key", "acme", "--min-recall", "0.9"));
    }

    @Test
    void saysInOneLineWhatKeptItFromMeasuring() {
        assertEquals(2, bench("--data", data.toString(), "--url", module.url(), "--api-key", "thief"));
        assertTrue(err.toString().contains("answered 401"), err.toString());
        assertEquals(
                2, bench("--data", temporary.resolve("none").toString(), "--url", module.url(), "--api-key", "acme"));
        assertEquals(2, bench("--data", data.toString(), "--url", "http://127.0.0.1:1", "--api-key", "acme"));
        assertEquals(3, err.toString().lines().count(), err.toString());
    }
}
