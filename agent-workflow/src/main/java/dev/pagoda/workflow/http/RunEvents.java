package dev.pagoda.workflow.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.workflow.api.RunReport;
import dev.pagoda.workflow.graph.GraphEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;

/// Run events as JSON, with Dify's names where it has them (`workflow_started`, `node_started`,
/// `text_chunk`, `node_finished`, `workflow_finished`): times in seconds, prices in dollars, and beside
/// them our exact nano-dollars.
final class RunEvents {
    private static final int MAX_TEXT = 500;
    private static final int MAX_ITEMS = 20;
    private static final int NANOS_SCALE = 9;

    private final String runId;
    private final String workflow;

    RunEvents(String runId, String workflow) {
        this.runId = runId;
        this.workflow = workflow;
    }

    ObjectNode json(GraphEvent event) {
        return switch (event) {
            case GraphEvent.WorkflowStarted(var inputs) -> {
                var data = data(runId);
                data.put("workflow_id", workflow);
                data.set("inputs", summary(inputs));
                data.put("created_at", Instant.now().getEpochSecond());
                yield envelope("workflow_started", data);
            }
            case GraphEvent.NodeStarted(var node, var index, var inputs) -> {
                var data = data(runId + ":" + index);
                describe(data, node.id(), node.type(), node.title(), index);
                data.set("inputs", summary(inputs));
                data.put("created_at", Instant.now().getEpochSecond());
                yield envelope("node_started", data);
            }
            case GraphEvent.TextChunk(var nodeId, var text) -> {
                var data = JsonNodeFactory.instance.objectNode();
                data.put("text", text);
                data.putArray("from_variable_selector").add(nodeId).add("answer");
                yield envelope("text_chunk", data);
            }
            case GraphEvent.NodeFinished finished -> envelope("node_finished", nodeFinished(finished));
            case GraphEvent.WorkflowFinished(var status, var totals, var outputs, var error) -> {
                var data = data(runId);
                data.put("workflow_id", workflow);
                data.put("status", status.name().toLowerCase(Locale.ROOT));
                data.set("outputs", Json.MAPPER.valueToTree(outputs));
                data.put("error", error.orElse(null));
                data.put("total_steps", totals.steps());
                spend(data, totals.elapsedNanos(), totals.tokens(), totals.costNanos());
                data.put("finished_at", Instant.now().getEpochSecond());
                yield envelope("workflow_finished", data);
            }
        };
    }

    private ObjectNode nodeFinished(GraphEvent.NodeFinished finished) {
        var node = finished.node();
        var data = data(runId + ":" + finished.index());
        describe(data, node.id(), node.type(), node.title(), finished.index());
        data.put("status", finished.status().name().toLowerCase(Locale.ROOT));
        data.set("outputs", summary(finished.result().outputs()));
        data.put("error", finished.error().orElse(null));
        data.put("elapsed_time", seconds(finished.elapsedNanos()));
        var metadata = data.putObject("execution_metadata");
        price(metadata, finished.result().tokens(), finished.result().costNanos());
        data.put("finished_at", Instant.now().getEpochSecond());
        return data;
    }

    /// The answer of a run that was not streamed.
    static ObjectNode json(RunReport report) {
        var data = data(report.id());
        data.put("workflow_id", report.workflow());
        data.put("status", report.status());
        data.set("outputs", Json.MAPPER.valueToTree(report.outputs()));
        data.put("error", report.error().isEmpty() ? null : report.error());
        data.put("total_steps", report.steps());
        spend(data, report.elapsedNanos(), report.tokens(), report.costNanos());
        var answer = JsonNodeFactory.instance.objectNode();
        answer.put("workflow_run_id", report.id());
        answer.put("task_id", report.id());
        answer.set("data", data);
        return answer;
    }

    private ObjectNode envelope(String name, ObjectNode data) {
        var event = JsonNodeFactory.instance.objectNode();
        event.put("event", name);
        event.put("task_id", runId);
        event.put("workflow_run_id", runId);
        event.set("data", data);
        return event;
    }

    private static ObjectNode data(String id) {
        return JsonNodeFactory.instance.objectNode().put("id", id);
    }

    private static void describe(ObjectNode data, String id, String type, String title, int index) {
        data.put("node_id", id);
        data.put("node_type", type);
        data.put("title", title);
        data.put("index", index);
    }

    private static void spend(ObjectNode data, long elapsedNanos, long tokens, long costNanos) {
        data.put("elapsed_time", seconds(elapsedNanos));
        price(data, tokens, costNanos);
    }

    private static void price(ObjectNode data, long tokens, long costNanos) {
        data.put("total_tokens", tokens);
        data.put("total_price", BigDecimal.valueOf(costNanos, NANOS_SCALE).toPlainString());
        data.put("currency", "USD");
        data.put("cost_nanos", costNanos);
    }

    private static double seconds(long nanos) {
        return nanos / 1e9;
    }

    /// Values cut to what a person reads along: long texts and lists are shortened.
    private static JsonNode summary(Map<String, Object> values) {
        return shorten(Json.MAPPER.valueToTree(values));
    }

    private static JsonNode shorten(JsonNode value) {
        if (value.isTextual() && value.textValue().length() > MAX_TEXT) {
            var text = value.textValue();
            int end = Character.isHighSurrogate(text.charAt(MAX_TEXT - 1)) ? MAX_TEXT - 1 : MAX_TEXT;
            return JsonNodeFactory.instance.textNode(text.substring(0, end) + "…");
        }
        if (value instanceof ObjectNode object) {
            object.propertyStream().toList().forEach(field -> object.set(field.getKey(), shorten(field.getValue())));
        }
        if (value instanceof ArrayNode array) {
            while (array.size() > MAX_ITEMS) {
                array.remove(array.size() - 1);
            }
            for (int i = 0; i < array.size(); i++) {
                array.set(i, shorten(array.get(i)));
            }
        }
        return value;
    }
}
