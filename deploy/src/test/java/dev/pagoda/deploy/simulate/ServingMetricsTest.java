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
    void blocksAndWorkAreToldWhenAskedAsOfVllm() throws IOException {
        assertTrue(last(serve("plain.txt")).keySet().stream()
                .noneMatch(each -> each.startsWith("vllm:kv_block") || each.startsWith("vllm:estimated")));

        Map<String, Double> last = last(serve(
                "m.txt",
                "--engines",
                "2",
                "--kv-blocks",
                "400",
                "--kv-cache-metrics",
                "--kv-cache-metrics-sample",
                "1",
                "--enable-mfu-metrics"));
        double blocks = Math.ceilDiv(1_024 + OUTPUT, 16) * (double) REQUESTS;
        double lifetimes = sum(last, "vllm:kv_block_lifetime_seconds_count");
        assertTrue(
                lifetimes >= blocks - 2 * 400 && lifetimes < blocks,
                lifetimes + " of " + blocks + " blocks, 800 of which are left");
        assertEquals(lifetimes, sum(last, "vllm:kv_block_idle_before_evict_seconds_count"));
        assertEquals(0, sum(last, "vllm:kv_block_reuse_gap_seconds_count"), "no prompt is like another");
        // 8.03 billion weights, of which the embedding's 0.53 compute nothing, and the head's as many for the
        // 20 tokens of a request alone
        double tokens = REQUESTS * (1_024.0 + OUTPUT - 1);
        double flops = sum(last, "vllm:estimated_flops_per_gpu_total");
        assertEquals(2 * 6.98e9 * tokens, flops, .04 * flops);
        assertTrue(sum(last, "vllm:estimated_read_bytes_per_gpu_total") > 0);
        assertTrue(sum(last, "vllm:estimated_write_bytes_per_gpu_total") > 0);
    }

    @Test
    void draftsAreToldWhereThereAreAny() throws IOException {
        assertTrue(last(serve("plain.txt")).keySet().stream().noneMatch(each -> each.startsWith("vllm:spec_decode")));

        Map<String, Double> last = last(serve("m.txt", "--engines", "2", "--speculative", "3:0.7"));
        double drafted = sum(last, "vllm:spec_decode_num_draft_tokens_total");
        double accepted = sum(last, "vllm:spec_decode_num_accepted_tokens_total");
        assertEquals(accepted, sum(last, "vllm:spec_decode_num_accepted_tokens_per_pos_total"));
        assertTrue(drafted <= 3 * sum(last, "vllm:spec_decode_num_drafts_total"), "three to a draft at most");
        // .7 + .49 + .343 of three, and a little more where the answer ends within a draft
        assertEquals(.511, accepted / drafted, .05);
    }

    @Test
    void keysAndValuesThatCrossALinkAreTold() throws IOException {
        Map<String, Double> last =
                last(serve("m.txt", "--prefill-engines", "1", "--decode-engines", "2", "--kv-link", "10:50"));
        double bytes = REQUESTS * 1_024 * 131_072.0;
        assertEquals(REQUESTS, sum(last, "vllm:nixl_xfer_time_seconds_count"));
        assertEquals(bytes, sum(last, "vllm:nixl_bytes_transferred_sum"));
        assertEquals(REQUESTS * 2 * 64, sum(last, "vllm:nixl_num_descriptors_sum"));
        assertEquals(REQUESTS * 10e-6, sum(last, "vllm:nixl_post_time_seconds_sum"), 1e-9);
        assertTrue(sum(last, "vllm:nixl_xfer_time_seconds_sum") >= bytes / 50e9);
        assertEquals(REQUESTS * 1_024, sum(last, "vllm:external_prefix_cache_hits_total"));
    }

    @Test
    void anEngineConfigMayAskForThemByVllmsNames() throws IOException {
        Path config = Files.writeString(
                folder.resolve("meta.json"),
                "{\"engine_kwargs\": {\"kv_cache_metrics\": true, \"kv_cache_metrics_sample\": 0.5,"
                        + " \"enable_mfu_metrics\": true, \"num_gpu_blocks_override\": 200}}");
        Map<String, Double> last = last(serve("m.txt", "--engine-config", config.toString()));
        double blocks = Math.ceilDiv(1_024 + OUTPUT, 16) * (double) REQUESTS;
        assertEquals(.5 * blocks, sum(last, "vllm:kv_block_lifetime_seconds_count"), .1 * blocks);
        assertTrue(sum(last, "vllm:estimated_flops_per_gpu_total") > 0);
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
            {"--metrics-interval", "0"},
            {"--metrics-interval", "4000"},
            {"--metrics-start", "yesterday"},
            {"--kv-cache-metrics", "--kv-cache-metrics-sample", "0"},
            {"--kv-cache-metrics", "--kv-cache-metrics-sample", "1.5"},
            {"--kv-cache-metrics-sample", "0.5"}
        }) {
            assertThrows(StartRefused.class, () -> serve("m.txt", wrong), String.join(" ", wrong));
        }
        assertThrows(StartRefused.class, () -> serve("no/such/folder.txt"));
        assertThrows(StartRefused.class, () -> serve("m.txt", "--policy", "least-kv", "--policy", "round-robin"));
    }
}
