package dev.pagoda.deploy.dashboards;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The check itself, on a page with two metrics.
@Tag("slow")
class DashboardCheckTest {

    @TempDir
    private Path folder;

    @Test
    void findsWhatIsWrongAndNothingElse() throws JsonProcessingException {
        try (var metrics = new FakeMetrics(scrape -> "shop_sales_total{shop=\"a:b\"} " + scrape + "\nshop_open 1\n");
                var prometheus =
                        new PrometheusProcess(Path.of("dashboards", "prometheus.yml"), metrics.port(), folder)) {
            prometheus.awaitScrapes(2);

            var faults = new DashboardCheck(prometheus, dashboard()).faults(Set.of("Rare", "Lost"));

            assertEquals(
                    List.of(
                            "'Typo' shows nothing: shop_opened",
                            "'Broken' is refused",
                            "'Nan' shows nothing: shop_open / 0 * 0",
                            "'Unknown' uses a variable that nothing defines: shop_open{x=~\"$nobody\"}",
                            "variable none has no value: label_values(shop_open, city)",
                            "there is no panel 'Lost' that may be empty"),
                    faults.stream()
                            .map(fault -> fault.replaceFirst(" is refused: .+", " is refused"))
                            .toList());
        }
    }

    @Test
    void refusesAScrapeConfigurationThatItCannotAim() {
        assertThrows(IllegalArgumentException.class, () -> PrometheusProcess.forTest("global:\n", 1));
    }

    @Test
    void saysWhatIsMissingWhenThereIsNoPrometheus() {
        var refused = assertThrows(IllegalStateException.class, () -> PrometheusProcess.find("/nowhere"));

        assertTrue(String.valueOf(refused.getMessage()).contains("apt install prometheus"));
    }

    private static JsonNode dashboard() throws JsonProcessingException {
        return new ObjectMapper().readTree("""
                {
                  "templating": {"list": [
                    {"type": "datasource", "name": "datasource", "query": "prometheus"},
                    {"type": "query", "name": "shop", "query": "label_values(shop_sales_total, shop)"},
                    {"type": "query", "name": "none", "query": "label_values(shop_open, city)"}
                  ]},
                  "panels": [
                    {"type": "row", "title": "Row", "panels": [
                      {"type": "stat", "title": "Good", "targets": [{"expr": "rate(shop_sales_total{shop=~\\"$shop\\"}[$__rate_interval])"}]}
                    ]},
                    {"type": "stat", "title": "Typo", "targets": [{"expr": "shop_opened"}]},
                    {"type": "stat", "title": "Rare", "targets": [{"expr": "shop_thefts"}]},
                    {"type": "stat", "title": "Broken", "targets": [{"expr": "sum(shop_open"}]},
                    {"type": "stat", "title": "Nan", "targets": [{"expr": "shop_open / 0 * 0"}]},
                    {"type": "stat", "title": "Unknown", "targets": [{"expr": "shop_open{x=~\\"$nobody\\"}"}]}
                  ]
                }""");
    }
}
