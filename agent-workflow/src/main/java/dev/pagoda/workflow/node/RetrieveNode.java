package dev.pagoda.workflow.node;

import dev.pagoda.workflow.api.SearchKnowledge;
import dev.pagoda.workflow.graph.Input;
import dev.pagoda.workflow.graph.NodeResult;
import dev.pagoda.workflow.graph.NodeSpec;
import dev.pagoda.workflow.graph.ValueType;
import dev.pagoda.workflow.rag.Language;
import dev.pagoda.workflow.rag.Retrieval;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;

/// Finds the passages that fit a query and judges whether the best fits well enough to answer from.
public final class RetrieveNode implements NodeBehaviour {
    static final String TYPE = "knowledge-retrieval";

    /// How many passages are taken and when they are good enough.
    ///
    /// @param passages    passages handed on, 1 to 20
    /// @param enoughEn    relevance of the best passage from which an English query is answered
    /// @param enoughZh    the same for a Chinese query, whose model has another scale
    public record Settings(int passages, double enoughEn, double enoughZh) {
        public Settings {
            if (passages < 1 || passages > 20) {
                throw new IllegalArgumentException("passages " + passages + " is not within 1 to 20");
            }
        }

        double enough(Language language) {
            return switch (language) {
                case EN -> enoughEn;
                case ZH -> enoughZh;
            };
        }
    }

    private final Retrieval retrieval;
    private final Settings settings;

    public RetrieveNode(Retrieval retrieval, Settings settings) {
        this.retrieval = retrieval;
        this.settings = settings;
    }

    /// A node that reads the texts at `query` and `knowledgeBase` and gives `passages`, `relevance` and
    /// `fits`.
    public static NodeSpec spec(String id, String query, String knowledgeBase, Duration timeout) {
        return new NodeSpec(
                id,
                TYPE,
                "Find passages",
                Map.of(
                        "query", Input.required(ValueType.STRING, query),
                        "knowledge_base", Input.required(ValueType.STRING, knowledgeBase)),
                Map.of("passages", ValueType.LIST, "relevance", ValueType.NUMBER, "fits", ValueType.BOOLEAN),
                timeout);
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public Future<NodeResult> run(NodeTask task) {
        var query = task.string("query");
        var search = new SearchKnowledge(task.string("knowledge_base"), query, settings.passages);
        return retrieval.search(search, task.call()).map(found -> {
            double relevance = found.passages().stream()
                    .mapToDouble(passage -> passage.relevance())
                    .max()
                    .orElse(0);
            boolean fits = relevance >= settings.enough(Language.detect(query));
            return new NodeResult(
                    Map.of("passages", found.passages(), "relevance", relevance, "fits", fits),
                    found.tokens(),
                    found.costNanos());
        });
    }
}
