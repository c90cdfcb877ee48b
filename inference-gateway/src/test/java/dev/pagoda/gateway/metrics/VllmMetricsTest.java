package dev.pagoda.gateway.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

    private String page() {
        var page = new StringBuilder();
        metrics.write(page);
        return page.toString();
    }
}
