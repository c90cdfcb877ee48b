package dev.pagoda.gateway.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.engine.DraftCounts;
import java.util.List;
import org.junit.jupiter.api.Test;

class VllmMetricsTest {
    private final VllmMetrics metrics = new VllmMetrics();

    @Test
    void printsNothingWithoutEngines() {
        assertEquals("", page());
    }

    @Test
    void printsEachFamilyOnceWithAllItsEngines() {
        metrics.claim("b");
        metrics.claim("a");
        metrics.claim("a");
        List<String> lines = page().lines().toList();

        assertEquals(
                1,
                lines.stream()
                        .filter("# TYPE vllm:num_requests_running gauge"::equals)
                        .count());
        assertEquals(
                List.of(
                        "vllm:num_requests_running{model_name=\"a\",engine=\"0\"} 0.0",
                        "vllm:num_requests_running{model_name=\"a\",engine=\"1\"} 0.0",
                        "vllm:num_requests_running{model_name=\"b\",engine=\"0\"} 0.0"),
                lines.stream()
                        .filter(line -> line.startsWith("vllm:num_requests_running"))
                        .toList());
    }

    @Test
    void bucketsAreCumulativeAndEndInEverything() {
        EngineMetrics engine = metrics.claim("a");
        engine.firstToken(4_000_000);
        engine.firstToken(5_000_000);
        engine.firstToken(9_000_000_000_000L);
        String labels = "{model_name=\"a\",engine=\"0\"";
        String name = "vllm:time_to_first_token_seconds";

        assertTrue(page().contains(name + "_bucket" + labels + ",le=\"0.001\"} 0\n"), page());
        assertTrue(page().contains(name + "_bucket" + labels + ",le=\"0.005\"} 2\n"));
        assertTrue(page().contains(name + "_bucket" + labels + ",le=\"1.0\"} 2\n"));
        assertTrue(page().contains(name + "_bucket" + labels + ",le=\"2560.0\"} 2\n"));
        assertTrue(page().contains(name + "_bucket" + labels + ",le=\"+Inf\"} 3\n"));
        assertTrue(page().contains(name + "_count" + labels + "} 3\n"));
        assertTrue(page().contains(name + "_sum" + labels + "} 9000.009\n"));
    }

    @Test
    void aPlaceCountsOnWhenItsEngineIsReplaced() {
        EngineMetrics first = metrics.claim("a");
        first.generated(7);
        first.state(3, 2, .5);
        metrics.release(first);
        EngineMetrics second = metrics.claim("a");

        assertSame(first, second);
        assertTrue(page().contains("vllm:generation_tokens_total{model_name=\"a\",engine=\"0\"} 7.0"));
        assertTrue(page().contains("vllm:kv_cache_usage_perc{model_name=\"a\",engine=\"0\"} 0.0"));
    }

    @Test
    void escapesLabels() {
        metrics.claim("a\"b\\c\nd");

        assertTrue(page().contains("model_name=\"a\\\"b\\\\c\\nd\""), page());
    }

    @Test
    void tellsEveryFamilyOfTheEngineOnce() {
        metrics.claim("a").drafted(new DraftCounts(3, 6, 4, List.of(3L, 1L)));
        List<String> families = page().lines()
                .filter(line -> line.startsWith("# TYPE "))
                .map(line -> line.split(" ", -1)[2])
                .toList();

        assertEquals(families.stream().distinct().toList(), families);
        for (String name : List.of(
                "num_requests_running",
                "num_requests_waiting",
                "num_requests_waiting_by_reason",
                "engine_sleep_state",
                "kv_cache_usage_perc",
                "cache_config_info",
                "admission_rejections_total",
                "prefix_cache_queries_total",
                "prefix_cache_hits_total",
                "external_prefix_cache_queries_total",
                "external_prefix_cache_hits_total",
                "mm_cache_queries_total",
                "mm_cache_hits_total",
                "num_preemptions_total",
                "prompt_tokens_total",
                "prompt_tokens_by_source_total",
                "prompt_tokens_cached_total",
                "generation_tokens_total",
                "request_success_total",
                "request_prompt_tokens",
                "request_generation_tokens",
                "iteration_tokens_total",
                "request_max_num_generation_tokens",
                "request_params_n",
                "request_params_max_tokens",
                "request_num_preemptions",
                "time_to_first_token_seconds",
                "inter_token_latency_seconds",
                "request_time_per_output_token_seconds",
                "e2e_request_latency_seconds",
                "request_queue_time_seconds",
                "request_inference_time_seconds",
                "request_prefill_time_seconds",
                "request_decode_time_seconds",
                "request_prefill_kv_computed_tokens",
                "spec_decode_num_drafts_total",
                "spec_decode_num_draft_tokens_total",
                "spec_decode_num_accepted_tokens_total",
                "spec_decode_num_accepted_tokens_per_pos_total")) {
            assertTrue(families.contains("vllm:" + name), name);
        }
        assertTrue(page().contains(",position=\"1\"} 1.0\n"), page());
    }

    @Test
    void tellsOfAdaptersAndSleepWhereThereAre() {
        EngineMetrics engine = metrics.claim("a");
        assertTrue(!page().contains("lora_requests_info"));
        engine.adapters(AdapterLoad.of(2, List.of("b", "a"), List.of("c"), 17.5));
        engine.asleep(2);

        assertTrue(page().contains("vllm:lora_requests_info{max_lora=\"2\",running_lora_adapters=\"a,b\","
                + "waiting_lora_adapters=\"c\"} 17.5\n"));
        assertTrue(page().contains("sleep_state=\"discard_all\"} 1.0\n"));
        assertTrue(page().contains("sleep_state=\"awake\"} 0.0\n"));
    }

    @Test
    void tellsFormerNamesWhenAsked() {
        metrics.claim("a").nextToken(20_000_000);
        var old = new StringBuilder();
        metrics.writeOld(old);

        String labels = "{model_name=\"a\",engine=\"0\"";
        assertTrue(
                old.toString().contains("vllm:time_per_output_token_seconds_bucket" + labels + ",le=\"0.025\"} 1\n"));
        assertTrue(page().contains("vllm:inter_token_latency_seconds_bucket" + labels + ",le=\"0.025\"} 1\n"));
    }

    private String page() {
        var page = new StringBuilder();
        metrics.write(page);
        return page.toString();
    }
}
