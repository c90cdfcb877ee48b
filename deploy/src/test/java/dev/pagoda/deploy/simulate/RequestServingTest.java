package dev.pagoda.deploy.simulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.deploy.StartRefused;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/// Studies of models that answer requests as a whole, and of deterministic pipelines.
class RequestServingTest {
    @TempDir
    private Path folder = Path.of("");

    private static String run(String options) {
        var said = new ByteArrayOutputStream();
        PrintStream before = System.out;
        try {
            System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
            assertEquals(
                    0,
                    CommandLine.populateCommand(new ServingCommand(), options.split(" "))
                            .call());
        } finally {
            System.setOut(before);
        }
        return said.toString(StandardCharsets.UTF_8);
    }

    private static JsonNode json(String options) throws IOException {
        return new ObjectMapper().readTree(run(options + " --json"));
    }

    private static String refusal(String options) {
        ServingCommand command = CommandLine.populateCommand(new ServingCommand(), options.split(" "));
        return String.valueOf(assertThrows(StartRefused.class, command::call).getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bge-m3", "bge-reranker-v2-m3", "sdxl", "orpheus-3b", "openai/whisper-large-v3"})
    void everyKindPrintsTheSameForm(String model) {
        String options = "--model " + model + " --device h100-sxm --trace poisson:2 --requests 40";
        String said = run(options);

        assertTrue(said.contains("============ Serving Benchmark Result ============"), said);
        assertTrue(said.contains("Successful requests:                     40\n"), said);
        assertTrue(said.contains("P99 E2EL (ms):"), said);
        assertTrue(said.contains("Cost per 1000 requests (USD):"), said);
        assertTrue(said.contains("Energy per request (J), estimated:"), said);
        assertEquals(said, run(options), "the same seed gives the same bytes");
    }

    @Test
    void moreDevicesMakeTheWaitShorterAndTheWorkNoFaster() throws IOException {
        String options = "--model sdxl --device h100-sxm --trace poisson:1 --requests 100 --slo e2el=10s";
        JsonNode one = json(options);
        JsonNode four = json(options + " --engines 4");

        assertTrue(
                four.get("mean_queue_ms").asDouble() < one.get("mean_queue_ms").asDouble() / 4);
        assertTrue(four.get("slo_attainment").asDouble()
                >= one.get("slo_attainment").asDouble());
        double work =
                one.get("mean_e2el_ms").asDouble() - one.get("mean_queue_ms").asDouble();
        assertEquals(
                work,
                four.get("mean_e2el_ms").asDouble() - four.get("mean_queue_ms").asDouble(),
                1);
    }

    @Test
    void whatIsAskedDecidesTheTime() throws IOException {
        String options = "--model sdxl --device h100-sxm --trace poisson:0.01 --requests 10";
        double usual = json(options).get("median_e2el_ms").asDouble();
        double few = json(options + " --steps 10").get("median_e2el_ms").asDouble();
        double small = json(options + " --size 512x512").get("median_e2el_ms").asDouble();

        assertTrue(few < usual / 3, few + " of " + usual);
        assertTrue(small < usual, small + " of " + usual);
    }

    @Test
    void leavesATableAndAPicture() throws IOException {
        Path table = folder.resolve("t.csv");
        Path picture = folder.resolve("p.svg");
        run("--model whisper-1 --device l40s --trace poisson:1 --requests 20 --audio-seconds 12.5 --csv " + table
                + " --svg " + picture);

        assertEquals(21, Files.readAllLines(table).size());
        assertTrue(Files.readString(picture).startsWith("<svg"));
    }

    @Test
    void saysWhatIsWrong() {
        String options = " --device h100-sxm --trace poisson:1";
        assertEquals(
                "all-MiniLM-L6-v2 makes embeddings, and understands --texts alone",
                refusal("--model all-minilm-l6-v2 --steps 3" + options));
        assertTrue(refusal("--model sdxl --size wide" + options).contains("--size wide is not a width"));
        assertTrue(refusal("--model sdxl --trace poisson:1").contains("needs --device"));
        assertTrue(refusal("--model flux.1-dev --device t4 --trace poisson:1").contains("needs"));
        assertTrue(refusal("--model sdxl --timeline x.csv" + options).contains("makes images"));
        assertTrue(refusal("--model llama-3.1-8b --images 2" + options).contains("--images"));
    }

    @Test
    void aPipelineOfChipsMakesEveryTokenInTheSameTime() throws IOException {
        String options = "--model llama-2-70b-hf --device groq-lpu --trace poisson:2 --requests 50";
        JsonNode json = json(options);
        double tpot = json.get("mean_tpot_ms").asDouble();

        assertEquals(1e3 / 300, tpot, .1);
        assertEquals(tpot, json.get("p99_tpot_ms").asDouble(), 1e-3, "the slowest is as fast as the mean");
        assertTrue(run(options).contains("groq-lpu, tp 600"), run(options));
        assertTrue(refusal(options + " --tp 8").contains("--tp 600 would do"), refusal(options + " --tp 8"));
        assertTrue(refusal(options + " --dp 2").contains("a pipeline of its own"));
    }

    @Test
    void namesOfTheOptionsAreInTheHelp() {
        String help = new CommandLine(new ServingCommand()).getUsageMessage();
        List.of("--texts", "--images", "--size", "--steps", "--audio-seconds")
                .forEach(option -> assertTrue(help.contains(option), option));
    }
}
