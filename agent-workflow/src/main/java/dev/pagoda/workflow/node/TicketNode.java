package dev.pagoda.workflow.node;

import dev.pagoda.workflow.graph.Input;
import dev.pagoda.workflow.graph.NodeResult;
import dev.pagoda.workflow.graph.NodeSpec;
import dev.pagoda.workflow.graph.ValueType;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;

/// Opens a ticket, so that a person answers what the machine cannot or should not.
public final class TicketNode implements NodeBehaviour {
    static final String TYPE = "ticket";

    private final Tickets tickets;

    public TicketNode(Tickets tickets) {
        this.tickets = tickets;
    }

    /// A node that reads the texts at `query`, `knowledgeBase`, `language` and `intent` and gives `ticket`,
    /// its id.
    public static NodeSpec spec(
            String id, String query, String knowledgeBase, String language, String intent, Duration timeout) {
        return new NodeSpec(
                id,
                TYPE,
                "Open a ticket",
                Map.of(
                        "query", Input.required(ValueType.STRING, query),
                        "knowledge_base", Input.required(ValueType.STRING, knowledgeBase),
                        "language", Input.required(ValueType.STRING, language),
                        "intent", Input.required(ValueType.STRING, intent)),
                Map.of("ticket", ValueType.STRING),
                timeout);
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public Future<NodeResult> run(NodeTask task) {
        return tickets.open(
                        task.runId(),
                        task.string("knowledge_base"),
                        task.string("query"),
                        task.string("language"),
                        task.string("intent"),
                        task.call())
                .map(ticket -> NodeResult.of(Map.of("ticket", ticket.id())));
    }
}
