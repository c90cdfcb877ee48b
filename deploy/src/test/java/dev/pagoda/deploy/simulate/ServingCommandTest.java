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

class ServingCommandTest {
    @TempDir
    private Path folder = Path.of("");

    private static String run(String... options) {
        var said = new ByteArrayOutputStream();
        PrintStream before = System.out;
        try {
            System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
            assertEquals(
                    0,
                    CommandLine.populateCommand(new ServingCommand(), options).call());
        } finally {
            System.setOut(before);
        }
        return said.toString(StandardCharsets.UTF_8);
    }

    private static String refusal(String... options) {
        ServingCommand command = CommandLine.populateCommand(new ServingCommand(), options);
        return String.valueOf(assertThrows(StartRefused.class, command::call).getMessage());
    }

    @Test
    void printsTheBlockOfBenchServe() {
        String said =
                run("--model", "Llama-3.1-8B", "--device", "h100-sxm", "--trace", "poisson:5", "--requests", "50");

        assertTrue(said.contains("============ Serving Benchmark Result ============"), said);
        assertTrue(said.contains("Successful requests:                     50\n"), said);
        assertTrue(said.contains("\nPeak concurrent requests:  "), said);
        assertTrue(said.contains("fitted coefficients"), said);
    }

    @Test
    void jsonHasTheNamesOfBenchServe() throws IOException {
        JsonNode json = new ObjectMapper()
                .readTree(run(
                        "--model",
                        "Qwen3-8B",
                        "--device",
                        "h200-sxm",
                        "--trace",
                        "poisson:2",
                        "--requests",
                        "30",
                        "--json",
                        "--slo",
                        "ttft=2s,tpot=100ms"));

        for (String name : List.of(
                "duration",
                "completed",
                "request_throughput",
                "output_throughput",
                "request_goodput",
                "mean_ttft_ms",
                "p99_tpot_ms",
                "median_itl_ms",
                "cost_usd_per_request",
                "energy_joules_per_request")) {
            assertTrue(json.path(name).isNumber(), name);
        }
        assertEquals("estimated +-25 %", json.path("confidence").asText());
    }

    private static JsonNode split(String device, String... more) throws IOException {
        List<String> options = new ArrayList<>(List.of(
                "--model",
                "Llama-3.1-8B",
                "--device",
                device,
                "--tp",
                "2",
                "--trace",
                "poisson:2",
                "--requests",
                "20",
                "--prefill-engines",
                "1",
                "--json"));
        options.addAll(List.of(more));
        return new ObjectMapper().readTree(run(options.toArray(String[]::new)));
    }

    @Test
    void keysAndValuesCrossTheLinkThatIsNamedAndTheResultSaysWhereItIsFrom() throws IOException {
        JsonNode usual = split("h100-sxm");
        assertEquals(50e9, usual.path("kv_link_bytes_per_second").asDouble());
        assertTrue(usual.path("kv_link_confidence").asText().startsWith("assumed"), usual.toString());
        JsonNode own = split("h100-sxm", "--kv-link", "device");
        assertEquals(2 * 450e9, own.path("kv_link_bytes_per_second").asDouble());
        assertTrue(own.path("kv_link_confidence").asText().contains("confidence A"), own.toString());
        JsonNode slow = split("h100-sxm", "--kv-link", "ethernet-10");
        assertEquals(1.25e9, slow.path("kv_link_bytes_per_second").asDouble());
        assertTrue(slow.path("mean_kv_transfer_ms").asDouble()
                > 10 * usual.path("mean_kv_transfer_ms").asDouble());
        JsonNode fast = split("h100-sxm", "--kv-link", "infiniband-ndr");
        assertEquals(2 * 50e9, fast.path("kv_link_bytes_per_second").asDouble(), 1, "a port for each device");
        assertEquals(
                "as given",
                split("h100-sxm", "--kv-link", "5:1").path("kv_link_confidence").asText());
        assertTrue(split("l20", "--kv-link", "host")
                .path("kv_link_confidence")
                .asText()
                .contains("PCIe"));
        assertTrue(refusal(
                        "--model",
                        "Llama-3.1-8B",
                        "--device",
                        "l20",
                        "--trace",
                        "poisson:2",
                        "--requests",
                        "2",
                        "--prefill-engines",
                        "1",
                        "--kv-link",
                        "device")
                .contains("l20 has no links of its own"));
        assertTrue(refusal(
                        "--model",
                        "Llama-3.1-8B",
                        "--device",
                        "l20",
                        "--trace",
                        "poisson:2",
                        "--requests",
                        "2",
                        "--prefill-engines",
                        "1",
                        "--kv-link",
                        "token-ring")
                .contains("ethernet-10"));
    }

    @Test
    void aRepeatWritesTheSameBytes() throws IOException {
        Path first = folder.resolve("a.csv");
        Path second = folder.resolve("b.csv");
        for (Path file : List.of(first, second)) {
            run(
                    "--model",
                    "Llama-3.1-8B",
                    "--device",
                    "h100-sxm",
                    "--trace",
                    "poisson:20",
                    "--requests",
                    "200",
                    "--engines",
                    "2",
                    "--csv",
                    file.toString());
        }

        assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
        assertEquals(201, Files.readAllLines(first).size());
    }

    @Test
    void saysWhatCannotBe() throws IOException {
        String[] none = {};
        assertEquals("simulate serving needs --trace, or --compare with a log of requests", refusal(none));
        assertTrue(refusal("--model", "Llama-3.1-70B", "--device", "l40s", "--trace", "poisson:1")
                .endsWith("GiB of l40s; --tp 4 would do"));
        assertTrue(refusal("--model", "Llama-3.1-8B", "--device", "h1000", "--trace", "poisson:1")
                .contains("h1000 is not in the catalogue; the nearest is "));
        assertEquals(
                "--tp 3 does not divide the 32 attention heads of Llama-3.1-8B",
                refusal("--model", "Llama-3.1-8B", "--device", "l40s", "--tp", "3", "--trace", "poisson:1"));
        assertTrue(refusal("--model", "Llama-9", "--device", "l40s", "--trace", "poisson:1")
                .startsWith("model Llama-9 is not known"));
        assertTrue(refusal(
                        "--model",
                        "Llama-2-7b-hf",
                        "--device",
                        "l40s",
                        "--trace",
                        "poisson:1",
                        "--input-tokens",
                        "5000")
                .contains("more than the model's context of 4096"));
        assertEquals(
                "--engines 0 is below 1",
                refusal("--model", "Llama-3.1-8B", "--device", "l40s", "--trace", "poisson:1", "--engines", "0"));
        assertTrue(refusal("--model", "Llama-2-7b-hf", "--device", "l40s", "--trace", "poisson:0")
                .contains("above 0"));
        assertTrue(refusal(
                        "--model",
                        "Llama-2-7b-hf",
                        "--device",
                        "l40s",
                        "--trace",
                        "poisson:1",
                        "--max-num-batched-tokens",
                        "0")
                .contains("--max-num-batched-tokens 0 is below 1"));
        Path trace = Files.writeString(
                folder.resolve("trace.csv"),
                "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,x,10\n");
        assertEquals(
                trace + " line 2: expected a whole number in ContextTokens, not 'x'",
                refusal("--model", "Llama-2-7b-hf", "--device", "l40s", "--trace", trace.toString()));
    }
}
