package dev.pagoda.deploy.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// Asks a Prometheus every query of a Grafana dashboard, as Grafana would.
///
/// Variables are filled in: `$__rate_interval` is a minute, `$__range` five minutes, a variable of the dashboard is
/// everything.
public final class DashboardCheck {

    private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\(([^,]+), *([\\w]+)\\)");

    private final PrometheusProcess prometheus;
    private final JsonNode dashboard;

    public DashboardCheck(PrometheusProcess prometheus, JsonNode dashboard) {
        this.prometheus = prometheus;
        this.dashboard = dashboard;
    }

    /// Everything that is wrong, a sentence each; empty when the dashboard works.
    ///
    /// @param mayBeEmpty titles of panels that need no data, because what they count may not have happened
    public List<String> faults(Set<String> mayBeEmpty) {
        var faults = new ArrayList<String>();
        var seen = new ArrayList<String>();
        for (var panel : panels(dashboard)) {
            var title = panel.path("title").asText();
            seen.add(title);
            for (var target : panel.path("targets")) {
                ask(title, target.path("expr").asText(), mayBeEmpty.contains(title), faults);
            }
        }
        for (var variable : dashboard.path("templating").path("list")) {
            if (variable.path("type").asText().equals("query")) {
                askVariable(variable, faults);
            }
        }
        for (var title : mayBeEmpty) {
            if (!seen.contains(title)) {
                faults.add("there is no panel '" + title + "' that may be empty");
            }
        }
        return faults;
    }

    /// Every panel but rows, also those inside collapsed rows.
    static List<JsonNode> panels(JsonNode parent) {
        var panels = new ArrayList<JsonNode>();
        for (var panel : parent.path("panels")) {
            if (panel.path("type").asText().equals("row")) {
                panels.addAll(panels(panel));
            } else {
                panels.add(panel);
            }
        }
        return panels;
    }

    private void ask(String title, String expression, boolean mayBeEmpty, List<String> faults) {
        var filled = fill(expression);
        if (filled.contains("$")) {
            faults.add("'" + title + "' uses a variable that nothing defines: " + filled);
            return;
        }
        var answer = prometheus.query(filled);
        if (!answer.path("status").asText().equals("success")) {
            faults.add("'" + title + "' is refused: " + answer.path("error").asText() + " in " + filled);
        } else if (!mayBeEmpty && !hasNumber(answer)) {
            faults.add("'" + title + "' shows nothing: " + filled);
        }
    }

    private void askVariable(JsonNode variable, List<String> faults) {
        var query = variable.path("query").asText();
        var call = LABEL_VALUES.matcher(query);
        if (!call.matches()) {
            faults.add("variable " + variable.path("name").asText() + " is not label_values(metric, label): " + query);
            return;
        }
        var answer = prometheus.query("count by (" + call.group(2) + ") (" + call.group(1) + ")");
        if (answer.path("data")
                .path("result")
                .path(0)
                .path("metric")
                .path(call.group(2))
                .isMissingNode()) {
            faults.add("variable " + variable.path("name").asText() + " has no value: " + query);
        }
    }

    private String fill(String expression) {
        var filled = expression
                .replace("$__rate_interval", "1m")
                .replace("$__interval", "15s")
                .replace("$__range", "5m");
        for (var variable : dashboard.path("templating").path("list")) {
            filled = filled.replace("$" + variable.path("name").asText(), ".*");
        }
        return filled;
    }

    private static boolean hasNumber(JsonNode answer) {
        for (var series : answer.path("data").path("result")) {
            if (Double.isFinite(number(series.path("value").path(1).asText()))) {
                return true;
            }
        }
        return false;
    }

    /// Prometheus writes `+Inf` where Java reads `Infinity`.
    private static double number(String text) {
        return text.endsWith("Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
    }
}
