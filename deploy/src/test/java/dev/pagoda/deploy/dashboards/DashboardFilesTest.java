package dev.pagoda.deploy.dashboards;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The shape of the dashboard; its queries are proved against a running platform by `DashboardQueriesTest`.
class DashboardFilesTest {

    private static final Path DASHBOARD = Path.of("dashboards", "grafana", "pagoda.json");
    private static final int GRID = 24;

    private JsonNode dashboard = new ObjectMapper().createObjectNode();

    @BeforeEach
    void read() throws IOException {
        dashboard = new ObjectMapper().readTree(DASHBOARD.toFile());
    }

    @Test
    void everyPanelSaysWhatItShows() {
        for (var panel : DashboardCheck.panels(dashboard)) {
            var title = panel.path("title").asText();

            assertFalse(title.isBlank(), "a panel has no title");
            assertTrue(panel.path("description").asText().length() > 30, title + " has no description");
            assertFalse(
                    panel.path("fieldConfig").path("defaults").path("unit").isMissingNode(), title + " has no unit");
            assertFalse(panel.path("targets").isEmpty(), title + " asks nothing");
        }
    }

    @Test
    void everyQueryGoesToTheChosenDataSource() {
        for (var panel : DashboardCheck.panels(dashboard)) {
            for (var target : panel.path("targets")) {
                assertEquals(
                        "${datasource}",
                        target.path("datasource").path("uid").asText(),
                        panel.path("title").asText());
            }
        }
    }

    @Test
    void idsAndTitlesAreUnique() {
        var ids = new HashSet<Integer>();
        var titles = new HashSet<String>();
        for (var panel : dashboard.path("panels")) {
            assertTrue(ids.add(panel.path("id").asInt()), "id " + panel.path("id") + " is there twice");
            assertTrue(titles.add(panel.path("title").asText()), panel.path("title") + " is there twice");
        }
    }

    @Test
    void panelsLieSideBySide() {
        var taken = new HashSet<List<Integer>>();
        for (var panel : dashboard.path("panels")) {
            var place = panel.path("gridPos");
            for (var x = place.path("x").asInt();
                    x < place.path("x").asInt() + place.path("w").asInt();
                    x++) {
                assertTrue(x < GRID, panel.path("title") + " leaves the grid");
                for (var y = place.path("y").asInt();
                        y < place.path("y").asInt() + place.path("h").asInt();
                        y++) {
                    assertTrue(taken.add(List.of(x, y)), panel.path("title") + " lies on another panel");
                }
            }
        }
    }
}
