package dev.pagoda.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Runs the customer-service workflow and shows its steps as they end.
final class WorkflowStep {
    private static final String RUNS = "/platform/workflows/customer-service/runs";

    private final Client client;
    private final Screen screen;
    private final Bill bill;

    WorkflowStep(Client client, Screen screen, Bill bill) {
        this.client = client;
        this.screen = screen;
        this.bill = bill;
    }

    /// What a run should end with.
    enum Outcome {
        ANSWER,
        TICKET
    }

    void run(String question, String knowledgeBase, Outcome wanted) throws InterruptedException {
        screen.line("   %s", question);
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("query", question)
                .put("knowledge_base", knowledgeBase)
                .put("stream", true);
        AtomicReference<@Nullable JsonNode> last = new AtomicReference<>();
        client.stream(RUNS, body, event -> {
            JsonNode data = event.path("data");
            switch (event.path("event").asText()) {
                case "node_finished" -> step(data);
                case "workflow_finished" -> last.set(data);
                default -> {}
            }
        });
        JsonNode finished = last.get();
        if (finished == null || !finished.path("status").asText().equals("succeeded")) {
            throw new StepFailed("the workflow did not succeed: " + finished);
        }
        JsonNode outputs = finished.path("outputs");
        boolean hasTicket = !outputs.path("ticket").asText("").isEmpty();
        boolean hasCitations = !outputs.path("citations").isEmpty();
        boolean asWanted = switch (wanted) {
            case ANSWER -> hasCitations && !hasTicket;
            case TICKET -> hasTicket;
        };
        screen.line("      -> %s", outputs.path("answer").asText().replaceAll("\\s+", " "));
        if (hasTicket) {
            screen.line("      ticket %s", outputs.path("ticket").asText());
        }
        if (!asWanted) {
            throw new StepFailed("the workflow should have ended with an " + wanted + ": " + outputs);
        }
        bill.add(
                "workflows",
                finished.path("total_tokens").asLong(),
                finished.path("cost_nanos").asLong());
    }

    private void step(JsonNode node) {
        JsonNode metadata = node.path("execution_metadata");
        screen.line(
                "      %-28s %7.0f ms %6d tokens  %s",
                node.path("title").asText(),
                node.path("elapsed_time").asDouble() * 1000,
                metadata.path("total_tokens").asLong(),
                Bill.dollars(metadata.path("cost_nanos").asLong()));
    }
}
