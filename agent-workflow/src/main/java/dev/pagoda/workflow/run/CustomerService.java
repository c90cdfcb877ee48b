package dev.pagoda.workflow.run;

import dev.pagoda.workflow.graph.Edge;
import dev.pagoda.workflow.graph.Graph;
import dev.pagoda.workflow.graph.Input;
import dev.pagoda.workflow.graph.ValueType;
import dev.pagoda.workflow.node.AnswerNode;
import dev.pagoda.workflow.node.Intent;
import dev.pagoda.workflow.node.IntentNode;
import dev.pagoda.workflow.node.ReplyNode;
import dev.pagoda.workflow.node.RetrieveNode;
import dev.pagoda.workflow.node.TicketNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// The customer-service workflow: understand, retrieve, answer with citations; where nothing fits or a
/// person is asked for, open a ticket and say so.
final class CustomerService {
    static final String NAME = "customer-service";

    private CustomerService() {}

    /// @param timeout of each node
    static Graph graph(Duration timeout) {
        var nodes = List.of(
                IntentNode.spec("intent", "start.query", timeout),
                RetrieveNode.spec("retrieve", "start.query", "start.knowledge_base", timeout),
                AnswerNode.spec("answer", "start.query", "retrieve.passages", timeout),
                TicketNode.spec(
                        "ticket", "start.query", "start.knowledge_base", "intent.language", "intent.intent", timeout),
                ReplyNode.spec("reply", "intent.language", "intent.intent", "ticket.ticket", timeout));
        var edges = List.of(
                Edge.always("start", "intent"),
                Edge.when("intent", "reply", "intent.intent", Intent.GREETING.tag()),
                Edge.when(
                        "intent",
                        "ticket",
                        "intent.intent",
                        Intent.HUMAN.tag(),
                        Intent.COMPLAINT.tag(),
                        Intent.REFUND.tag()),
                Edge.otherwise("intent", "retrieve"),
                Edge.whenTrue("retrieve", "answer", "retrieve.fits"),
                Edge.otherwise("retrieve", "ticket"),
                Edge.whenFalse("answer", "ticket", "answer.cited"),
                Edge.always("ticket", "reply"));
        return new Graph(
                NAME,
                Map.of("query", ValueType.STRING, "knowledge_base", ValueType.STRING),
                nodes,
                edges,
                Map.of(
                        "answer", Input.required(ValueType.STRING, "reply.answer", "answer.answer"),
                        "intent", Input.required(ValueType.STRING, "intent.intent"),
                        "language", Input.required(ValueType.STRING, "intent.language"),
                        "citations", Input.optional(ValueType.LIST, "answer.citations"),
                        "ticket", Input.optional(ValueType.STRING, "ticket.ticket")));
    }
}
