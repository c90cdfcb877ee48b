package dev.pagoda.deploy.dashboards;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every query of the shipped dashboard against a real Prometheus.
@Tag("slow")
class DashboardQueriesTest {

    @TempDir
    private Path folder;

    @Test
    void everyPanelHasData() throws IOException {
        var dashboard = new ObjectMapper()
                .readTree(Path.of("dashboards", "grafana", "pagoda.json").toFile());
        try (var metrics = new FakeMetrics(DashboardQueriesTest::page);
                var prometheus =
                        new PrometheusProcess(Path.of("dashboards", "prometheus.yml"), metrics.port(), folder)) {
            prometheus.awaitScrapes(2);

            assertEquals(List.of(), new DashboardCheck(prometheus, dashboard).faults(Set.of()));
        }
    }

    private static String page(long scrape) {
        var page = new StringBuilder();
        var http = "route=\"/v1/chat/completions\",method=\"POST\",status=\"200\"";
        histogram(page, "pagoda_http_request_seconds", http, scrape);
        var model = "model_name=\"qwen2.5-7b-instruct\",engine=\"0\"";
        for (var name : List.of(
                "time_to_first_token_seconds",
                "inter_token_latency_seconds",
                "e2e_request_latency_seconds",
                "request_queue_time_seconds")) {
            histogram(page, "vllm:" + name, model, scrape);
        }
        histogram(page, "pagoda_vectors_query_seconds", "store=\"local\"", scrape);
        histogram(page, "pagoda_vectors_write_seconds", "store=\"local\"", scrape);
        for (var name : List.of(
                "pagoda_vectors_points",
                "pagoda_vectors_log_fsyncs_total",
                "vllm:num_requests_running{%s}",
                "vllm:num_requests_waiting{%s}",
                "vllm:kv_cache_usage_perc{%s}",
                "vllm:num_preemptions_total{%s}",
                "vllm:prompt_tokens_total{%s}",
                "vllm:generation_tokens_total{%s}",
                "vllm:request_success_total{%s,finished_reason=\"stop\"}",
                "pagoda_compute_devices{accelerator=\"h100\"}",
                "pagoda_compute_devices_up{accelerator=\"h100\"}",
                "pagoda_compute_devices_used{accelerator=\"h100\"}",
                "pagoda_compute_refusals_total{reason=\"no_free_devices\"}",
                "pagoda_compute_placements_lost_total",
                "DCGM_FI_DEV_FB_USED{gpu=\"0\",hostname=\"h100-1\"}",
                "DCGM_FI_DEV_FB_FREE{gpu=\"0\",hostname=\"h100-1\"}",
                "pagoda_usage_cost_dollars_total{tenant=\"demo\"}",
                "pagoda_usage_tokens_total{tenant=\"demo\",kind=\"prompt\"}",
                "pagoda_usage_requests_total{tenant=\"demo\",outcome=\"completed\"}",
                "pagoda_workflow_runs_running",
                "pagoda_workflow_ingests_running",
                "pagoda_store_commits_total",
                "pagoda_store_queued_writes")) {
            page.append(name.replace("%s", model)).append(' ').append(scrape).append('\n');
        }
        return page.toString();
    }

    private static void histogram(StringBuilder page, String name, String labels, long scrape) {
        for (var bound : List.of("0.1", "1.0", "+Inf")) {
            page.append(name)
                    .append("_bucket{")
                    .append(labels)
                    .append(",le=\"")
                    .append(bound)
                    .append("\"} ");
            page.append(bound.equals("0.1") ? scrape : 2 * scrape).append('\n');
        }
        page.append(name)
                .append("_sum{")
                .append(labels)
                .append("} ")
                .append(scrape)
                .append('\n');
        page.append(name)
                .append("_count{")
                .append(labels)
                .append("} ")
                .append(2 * scrape)
                .append('\n');
    }
}
