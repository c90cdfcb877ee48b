package dev.pagoda.deploy.simulate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pagoda.deploy.StartRefused;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// Metrics of a study as a file that Prometheus can backfill.
class ServingMetricsTest {
    private static final int REQUESTS = 120;
    private static final int OUTPUT = 20;

    @TempDir
    private Path folder = Path.of("");

    private Path serve(String name, String... more) {
        Path file = folder.resolve(name);
        var options = new ArrayList<>(List.of(
                "--model",
                "Llama-3.1-8B",
                "--device",
                "h100-sxm",
                "--trace",
                "poisson:2",
                "--requests",
                String.valueOf(REQUESTS),
                "--output-tokens",
                String.valueOf(OUTPUT),
                "--metrics",
                file.toString()));
        options.addAll(List.of(more));
        PrintStream before = System.out;
        try {
            System.setOut(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
            assertEquals(
                    0,
                    CommandLine.populateCommand(new ServingCommand(), options.toArray(String[]::new))
                            .call());
        } finally {
            System.setOut(before);
        }
        return file;
    }

    /// The last value of each series, after the times of each were seen to rise.
    private static Map<String, Double> last(Path file) throws IOException {
        var last = new HashMap<String, Double>();
        var times = new HashMap<String, Double>();
        var closed = new HashSet<String>();
        String open = "";
        List<String> lines = Files.readAllLines(file);
        assertEquals("# EOF", lines.getLast());
        for (String line : lines) {
            if (line.startsWith("#")) {
                continue;
            }
            int labels = line.indexOf("} ") + 1;
            String series = line.substring(0, labels);
            String[] cells = line.substring(labels + 1).split(" ", -1);
            if (!series.equals(open)) {
                assertTrue(closed.add(series), "the samples of a series stand together: " + series);
                open = series;
            }
            double at = Double.parseDouble(cells[1]);
            assertTrue(at > times.getOrDefault(series, 0.0), line);
            times.put(series, at);
            last.put(series, Double.parseDouble(cells[0]));
        }
        return last;
    }

    private static double sum(Map<String, Double> values, String name) {
        return values.entrySet().stream()
                .filter(each -> each.getKey().startsWith(name + "{"))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

    @Test
    void whatWasServedIsWhatTheCountersSayInTheEnd() throws IOException {
        Map<String, Double> last = last(serve("m.txt", "--engines", "3"));

        assertEquals(REQUESTS * OUTPUT, sum(last, "vllm:generation_tokens_total"));
        assertEquals(REQUESTS * 1_024, sum(last, "vllm:prompt_tokens_total"));
        assertEquals(REQUESTS, sum(last, "vllm:request_success_total"));
        assertEquals(REQUESTS, sum(last, "vllm:time_to_first_token_seconds_count"));
        assertEquals(REQUESTS * (OUTPUT - 1), sum(last, "vllm:inter_token_latency_seconds_count"));
        assertEquals(REQUESTS, sum(last, "vllm:request_decode_time_seconds_count"));
        assertEquals(REQUESTS * OUTPUT, sum(last, "vllm:request_generation_tokens_sum"));
        assertEquals(
                REQUESTS * (1_024 + OUTPUT - 1), sum(last, "vllm:iteration_tokens_total_sum"), "tokens of all steps");
        assertEquals(0, sum(last, "vllm:num_requests_running"));
    }

    @Test
    void namesBucketsAndLabelsAreThoseOfVllm() throws IOException {
        Map<String, Double> last = last(serve("m.txt"));
        Set<String> series = last.keySet();
        String labels = "{model_name=\"Llama-3.1-8B\",engine=\"0\"";

        for (String family : List.of(
                "num_requests_running",
                "num_requests_waiting",
                "kv_cache_usage_perc",
                "num_preemptions_total",
                "prefix_cache_queries_total",
                "prefix_cache_hits_total")) {
            assertTrue(series.contains("vllm:" + family + labels + "}"), family);
        }
        assertTrue(series.contains("vllm:request_success_total" + labels + ",finished_reason=\"length\"}"));
        assertTrue(series.contains("vllm:request_prompt_tokens_bucket" + labels + ",le=\"100000.0\"}"));
        assertTrue(series.contains("vllm:iteration_tokens_total_bucket" + labels + ",le=\"16384.0\"}"));
        assertTrue(series.stream()
                .anyMatch(each -> each.startsWith("vllm:cache_config_info{")
                        && each.contains("block_size=\"16\"")
                        && each.contains("num_gpu_blocks=\"")));
    }

    @Test
    void enginesThatComeAndGoKeepTheirPlaces() throws IOException {
        Path file = serve("m.txt", "--autoscaler", "schedule:0=1,10=3,30=1,40=2");
        Map<String, Double> last = last(file);

        assertEquals(REQUESTS * OUTPUT, sum(last, "vllm:generation_tokens_total"));
        assertEquals(
                3,
                last.keySet().stream()
                        .filter(each -> each.startsWith("vllm:num_requests_running{"))
                        .count());
    }

    @Test
    void aRepeatWritesTheSameBytes() throws IOException {
        assertArrayEquals(Files.readAllBytes(serve("a.txt")), Files.readAllBytes(serve("b.txt")));
    }

    @Test
    void promtoolMakesBlocksOfIt() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/promtool")), "promtool is not installed");
        Path file = serve("m.txt", "--engines", "2", "--metrics-start", "2026-03-01T12:00:00Z");
        Path blocks = folder.resolve("blocks");

        promtool("tsdb", "create-blocks-from", "openmetrics", file.toString(), blocks.toString());
        // a server's folder has one beside its blocks
        Files.createDirectories(blocks.resolve("wal"));
        String dumped = promtool("tsdb", "dump", blocks.toString());

        double made = 0;
        var ends = new HashMap<String, Double>();
        for (String line : dumped.split("\n", -1)) {
            if (line.startsWith("{__name__=\"vllm:generation_tokens_total\"")) {
                int end = line.indexOf("} ") + 1;
                ends.put(
                        line.substring(0, end),
                        Double.parseDouble(line.substring(end + 1).split(" ", -1)[0]));
            }
        }
        for (double each : ends.values()) {
            made += each;
        }
        assertEquals(2, ends.size(), dumped.substring(0, Math.min(1_000, dumped.length())));
        assertEquals(REQUESTS * OUTPUT, made);
    }

    private String promtool(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("/usr/bin/promtool"));
        command.addAll(List.of(arguments));
        Path said = folder.resolve("said");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "promtool did not end within a minute");
        } finally {
            process.destroyForcibly();
        }
        String text = Files.readString(said);
        assertEquals(0, process.exitValue(), text);
        return text;
    }

    @Test
    void saysWhatCannotBe() {
        for (String[] wrong : new String[][] {
            {"--metrics-interval", "0"}, {"--metrics-interval", "4000"}, {"--metrics-start", "yesterday"}
        }) {
            assertThrows(StartRefused.class, () -> serve("m.txt", wrong), String.join(" ", wrong));
        }
        assertThrows(StartRefused.class, () -> serve("no/such/folder.txt"));
        assertThrows(StartRefused.class, () -> serve("m.txt", "--policy", "least-kv", "--policy", "round-robin"));
    }
}
