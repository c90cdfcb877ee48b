package dev.pagoda.workflow.node;

import dev.pagoda.workflow.graph.Input;
import dev.pagoda.workflow.graph.NodeResult;
import dev.pagoda.workflow.graph.NodeSpec;
import dev.pagoda.workflow.graph.ValueType;
import dev.pagoda.workflow.rag.Language;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;

/// Says what needs no model: a greeting, or that a ticket was opened and why, in the query's language.
public final class ReplyNode implements NodeBehaviour {
    static final String TYPE = "reply";

    /// A node that reads the texts at `language` and `intent`, and at `ticket` if there is one, and gives
    /// `answer`.
    public static NodeSpec spec(String id, String language, String intent, String ticket, Duration timeout) {
        return new NodeSpec(
                id,
                TYPE,
                "Reply",
                Map.of(
                        "language", Input.required(ValueType.STRING, language),
                        "intent", Input.required(ValueType.STRING, intent),
                        "ticket", Input.optional(ValueType.STRING, ticket)),
                Map.of("answer", ValueType.STRING),
                timeout);
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public Future<NodeResult> run(NodeTask task) {
        var language = Language.of(task.string("language"));
        var intent = Intent.of(task.string("intent"));
        var ticket = task.optionalString("ticket").orElse("");
        var reply = switch (language) {
            case EN -> english(intent, ticket);
            case ZH -> chinese(intent, ticket);
        };
        task.text().accept(reply);
        return Future.succeededFuture(NodeResult.of(Map.of("answer", reply)));
    }

    private static String english(Intent intent, String ticket) {
        return switch (intent) {
            case GREETING -> "Hello, I am glad to help. Ask me anything about our documents.";
            case QUESTION ->
                "Our documents do not answer this, so I opened ticket " + ticket + ". A colleague will look into it.";
            case HUMAN -> "A colleague will get in touch with you. Your ticket is " + ticket + ".";
            case COMPLAINT ->
                "I am sorry about this. I opened ticket " + ticket + ", and a colleague will look into your complaint.";
            case REFUND -> "I opened ticket " + ticket + " for your refund. A colleague will check it and answer you.";
        };
    }

    private static String chinese(Intent intent, String ticket) {
        return switch (intent) {
            case GREETING -> "您好，很高兴为您服务。关于我们的资料，您可以随时提问。";
            case QUESTION -> "我们的资料中没有这个问题的答案，已为您创建工单 " + ticket + "，同事会尽快处理。";
            case HUMAN -> "同事会尽快与您联系，您的工单号是 " + ticket + "。";
            case COMPLAINT -> "非常抱歉给您带来不便。已为您创建工单 " + ticket + "，同事会跟进您的投诉。";
            case REFUND -> "已为您的退款申请创建工单 " + ticket + "，同事会核实后回复您。";
        };
    }
}
