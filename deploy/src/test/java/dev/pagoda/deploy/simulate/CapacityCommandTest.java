package dev.pagoda.deploy.simulate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CapacityCommandTest {
    @TempDir
    private Path folder = Path.of("");

    private record Said(int code, String out, String err) {}

    private static Said run(String... options) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        PrintStream outBefore = System.out;
        PrintStream errBefore = System.err;
        try {
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
            int code =
                    CommandLine.populateCommand(new CapacityCommand(), options).call();
            return new Said(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(outBefore);
            System.setErr(errBefore);
        }
    }

    private static String refusal(String... options) {
        CapacityCommand command = CommandLine.populateCommand(new CapacityCommand(), options);
        return String.valueOf(assertThrows(StartRefused.class, command::call).getMessage());
    }

    private static String[] small(String... more) {
        var options = new ArrayList<>(List.of(
                "--model",
                "Llama-3.1-8B",
                "--trace",
                "poisson:12",
                "--requests",
                "300",
                "--devices",
                "h100-sxm,a100-sxm-80g,l40s",
                "--tps",
                "1,2"));
        options.addAll(List.of(more));
        return options.toArray(String[]::new);
    }

    @Test
    void findsAFleetAndTellsItsPrice() {
        Said said = run(small("--slo", "ttft_p99=1s,tpot_p99=60ms"));

        assertEquals(0, said.code(), said.err());
        assertTrue(said.out().contains("\nbest: "), said.out());
        assertTrue(said.out().contains("USD per 1M output tokens"), said.out());
    }

    @Test
    void jsonNamesTheBestOfItsCandidatesAndAPriceOfOnesOwnCounts() throws IOException {
        JsonNode json = new ObjectMapper()
                .readTree(run(small("--slo", "ttft=1s,tpot=60ms", "--price", "l40s=0.01", "--json"))
                        .out());

        assertTrue(json.at("/best/fleet").asText().contains("l40s"), json.toString());
        double best = json.at("/best/usd_per_hour").asDouble();
        for (JsonNode each : json.path("candidates")) {
            assertTrue(
                    !each.path("enough").asBoolean()
                            || each.path("usd_per_hour").asDouble() >= best,
                    each.toString());
        }
    }

    @Test
    void aRepeatWritesTheSameBytes() throws IOException {
        for (String name : List.of("a", "b")) {
            Said said = run(small(
                    "--slo",
                    "ttft_p99=1s,tpot_p99=60ms",
                    "--json",
                    "--csv",
                    folder.resolve(name + ".csv").toString(),
                    "--svg",
                    folder.resolve(name + ".svg").toString()));
            Files.writeString(folder.resolve(name + ".json"), said.out());
        }
        for (String ending : List.of(".csv", ".svg", ".json")) {
            assertArrayEquals(
                    Files.readAllBytes(folder.resolve("a" + ending)), Files.readAllBytes(folder.resolve("b" + ending)));
        }
        assertTrue(Files.readString(folder.resolve("a.svg")).contains("USD an hour"));
    }

    @Test
    void saysWhatComesNearestWhenNothingIsEnough() {
        Said said = run(
                "--model",
                "Llama-3.1-8B",
                "--trace",
                "poisson:60",
                "--requests",
                "300",
                "--slo",
                "ttft_p99=1s,tpot_p99=60ms",
                "--max-engines",
                "1",
                "--devices",
                "l40s",
                "--tps",
                "1");

        assertEquals(1, said.code(), said.out());
        assertTrue(
                said.err()
                        .contains("no fleet of up to 1 engines keeps ttft_p99=1000ms,tpot_p99=60ms; the nearest is"
                                + " 1 x l40s tp 1"),
                said.err());
    }

    @Test
    void saysWhyWhenEvenARequestAloneIsTooSlow() {
        Said said = run(small("--slo", "ttft_p99=1ms"));

        assertEquals(1, said.code());
        assertTrue(said.err().contains("alone on an engine requests have "), said.err());
    }

    @Test
    void saysWhatCannotBe() {
        assertTrue(refusal("--trace", "poisson:1").startsWith("simulate capacity needs --trace and --slo"));
        assertTrue(refusal(small("--slo", "fast")).contains("is not like ttft=500ms"));
        assertTrue(refusal(small("--slo", "itl=5ms")).contains("bound a percentile"));
        assertTrue(refusal(small("--slo", "ttft=5s", "--attainment", "2")).contains("attainment 2.0"));
        assertTrue(refusal(small("--slo", "ttft=5s", "--max-engines", "0")).contains("engines 0"));
        assertTrue(refusal(small("--slo", "ttft=5s", "--price", "l40s=0")).contains("--price l40s=0.0"));
        assertTrue(refusal("--model", "Llama-3.1-8B", "--trace", "poisson:1", "--slo", "ttft=5s", "--devices", "l20")
                .contains("l20 has no price in the catalogue"));
        assertTrue(refusal("--model", "Llama-3.1-8B", "--trace", "poisson:1", "--slo", "ttft=5s", "--devices", "h1000")
                .contains("the nearest is "));
        assertTrue(refusal(
                        "--model",
                        "Llama-3.1-70B",
                        "--trace",
                        "poisson:1",
                        "--slo",
                        "ttft=5s",
                        "--devices",
                        "t4,l4",
                        "--tps",
                        "1")
                .startsWith("no device can serve this trace: t4 tp 1: "));
    }
}
