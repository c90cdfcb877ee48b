package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.deploy.RunningPlatform.Reply;
import dev.pagoda.deploy.dashboards.DashboardCheck;
import dev.pagoda.deploy.dashboards.PrometheusProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every query of the shipped dashboard against a real Prometheus that scrapes a running platform.
@Tag("slow")
class DashboardQueriesTest {

    /// Rates need growth between two scrapes, so there is trade before each of them.
    private static final int ROUNDS = 3;

    @TempDir
    private Path folder;

    @Test
    void everyPanelHasData() throws IOException, InterruptedException {
        var dashboard = RunningPlatform.JSON.readTree(
                Path.of("dashboards", "grafana", "pagoda.json").toFile());
        try (var platform = RunningPlatform.ephemeral();
                var prometheus =
                        new PrometheusProcess(Path.of("dashboards", "prometheus.yml"), platform.port(), folder)) {
            good(platform.put("/collections/shop", "{\"vectors\":{\"size\":2,\"distance\":\"Cosine\"}}"));
            for (var round = 1; round <= ROUNDS; round++) {
                trade(platform, round);
                prometheus.awaitScrapes(2 * round);
            }

            assertEquals(List.of(), new DashboardCheck(prometheus, dashboard).faults(Set.of()));
        }
    }

    private static void trade(RunningPlatform platform, int round) throws IOException, InterruptedException {
        var chat = good(platform.post("/v1/chat/completions", """
                {"model": "qwen2.5-7b-instruct", "stream": true, "max_tokens": 20,
                 "messages": [{"role": "user", "content": "How high is a pagoda?"}]}"""));
        assertTrue(chat.text().endsWith("data: [DONE]\n\n"), chat.text());
        good(platform.post("/v1/embeddings", "{\"model\": \"all-minilm-l6-v2\", \"input\": \"a pagoda\"}"));
        good(platform.put(
                "/collections/shop/points?wait=true",
                "{\"points\":[{\"id\":" + round + ",\"vector\":[1," + round + "]}]}"));
        good(platform.post("/collections/shop/points/query", "{\"query\":[1,0.5],\"limit\":3}"));
    }

    private static Reply good(Reply reply) {
        assertEquals(200, reply.status(), reply.toString());
        return reply;
    }
}
