package dev.pagoda.workflow.node;

import dev.pagoda.gateway.api.ChatQuestion;
import dev.pagoda.gateway.api.Gateway;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.workflow.api.Passage;
import dev.pagoda.workflow.graph.Input;
import dev.pagoda.workflow.graph.NodeResult;
import dev.pagoda.workflow.graph.NodeSpec;
import dev.pagoda.workflow.graph.ValueType;
import dev.pagoda.workflow.rag.Language;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Answers a query from passages through a chat model, with the passages it rests on.
///
/// An answer that marks no passage rests on nothing we know; it is not shown and `cited` is false.
public final class AnswerNode implements NodeBehaviour {
    static final String TYPE = "answer";
    private static final Pattern MARK = Pattern.compile("\\[(\\d{1,3})]");

    /// A mark at the start of a passage's line, which would read as the start of another passage.
    private static final Pattern FOREIGN_MARK = Pattern.compile("(?m)^[ \\t]*\\[(\\d{1,4})]");

    private final Bus bus;
    private final String model;

    /// @param model name of the served chat model
    public AnswerNode(Bus bus, String model) {
        this.bus = bus;
        this.model = model;
    }

    /// A node that reads the text at `query` and the list at `passages` and gives `answer`, `citations` and
    /// `cited`.
    public static NodeSpec spec(String id, String query, String passages, Duration timeout) {
        return new NodeSpec(
                id,
                TYPE,
                "Answer with citations",
                Map.of(
                        "query", Input.required(ValueType.STRING, query),
                        "passages", Input.required(ValueType.LIST, passages)),
                Map.of("answer", ValueType.STRING, "citations", ValueType.LIST, "cited", ValueType.BOOLEAN),
                timeout);
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public Future<NodeResult> run(NodeTask task) {
        var query = task.string("query");
        var passages = task.list("passages", Passage.class);
        var question = ChatQuestion.of(model, instruction(Language.detect(query)), prompt(query, passages));
        return bus.ask(Gateway.CHAT, question, task.call()).map(answer -> {
            var citations = citations(answer.text(), passages);
            if (!citations.isEmpty()) {
                task.text().accept(answer.text());
            }
            return new NodeResult(
                    Map.of("answer", answer.text(), "citations", citations, "cited", !citations.isEmpty()),
                    (long) answer.promptTokens() + answer.completionTokens(),
                    answer.costNanos());
        });
    }

    static String instruction(Language language) {
        return switch (language) {
            case EN ->
                "You are a customer service assistant. Answer the question only from the numbered passages, and mark "
                        + "every statement with the number of its passage, like [1]. If the passages do not hold the "
                        + "answer, say so without a mark.";
            case ZH -> "你是客服助手。只根据编号的资料回答问题，并在每句话后用编号标明出处，例如 [1]。如果资料中没有答案，请直接说明，不要标注编号。";
        };
    }

    static String prompt(String query, List<Passage> passages) {
        var prompt = new StringBuilder();
        for (int i = 0; i < passages.size(); i++) {
            var passage = passages.get(i);
            prompt.append('[')
                    .append(i + 1)
                    .append("] ")
                    .append(passage.title())
                    .append('\n')
                    .append(FOREIGN_MARK.matcher(passage.text()).replaceAll("($1)"))
                    .append("\n\n");
        }
        return prompt.append(label(Language.detect(query))).append(query).toString();
    }

    private static String label(Language language) {
        return switch (language) {
            case EN -> "Question: ";
            case ZH -> "问题：";
        };
    }

    private static List<Citation> citations(String answer, List<Passage> passages) {
        var numbers = new TreeSet<Integer>();
        var marks = MARK.matcher(answer);
        while (marks.find()) {
            numbers.add(Integer.parseInt(marks.group(1)));
        }
        var citations = new ArrayList<Citation>();
        for (int number : numbers) {
            if (number >= 1 && number <= passages.size()) {
                var passage = passages.get(number - 1);
                citations.add(
                        new Citation(number, passage.document(), passage.title(), passage.offset(), passage.text()));
            }
        }
        return citations;
    }
}
