package dev.pagoda.workflow.node;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.workflow.graph.Input;
import dev.pagoda.workflow.graph.NodeResult;
import dev.pagoda.workflow.graph.NodeSpec;
import dev.pagoda.workflow.graph.ValueType;
import dev.pagoda.workflow.node.IntentClassifier.Example;
import dev.pagoda.workflow.node.IntentExamples.Labelled;
import dev.pagoda.workflow.rag.Embedder;
import dev.pagoda.workflow.rag.Language;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Understands the intent and the language of a query.
///
/// The examples of a language are embedded once, for the platform's own account, when its first query comes.
public final class IntentNode implements NodeBehaviour {
    static final String TYPE = "intent";
    private static final Duration WARM_UP_LIMIT = Duration.ofSeconds(60);

    private final Embedder embedder;
    private final Map<Language, Future<IntentClassifier>> classifiers = new ConcurrentHashMap<>();

    public IntentNode(Embedder embedder) {
        this.embedder = embedder;
    }

    /// A node that reads the text at `query` and gives `intent`, `language` and `confidence`.
    public static NodeSpec spec(String id, String query, Duration timeout) {
        return new NodeSpec(
                id,
                TYPE,
                "Understand the intent",
                Map.of("query", Input.required(ValueType.STRING, query)),
                Map.of("intent", ValueType.STRING, "language", ValueType.STRING, "confidence", ValueType.NUMBER),
                timeout);
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public Future<NodeResult> run(NodeTask task) {
        var query = task.string("query");
        var language = Language.detect(query);
        return classifier(language)
                .compose(classifier -> embedder.embed(List.of(query), language, task.call())
                        .map(embedded -> {
                            var verdict = classifier.classify(
                                    query, language, embedded.vectors().getFirst());
                            return new NodeResult(
                                    Map.of(
                                            "intent", verdict.intent().tag(),
                                            "language", language.tag(),
                                            "confidence", verdict.confidence()),
                                    embedded.promptTokens(),
                                    embedded.costNanos());
                        }));
    }

    private Future<IntentClassifier> classifier(Language language) {
        var made = classifiers.computeIfAbsent(language, this::learn);
        // a model that was away once must not spoil every later run
        return made.onFailure(_ -> classifiers.remove(language, made));
    }

    private Future<IntentClassifier> learn(Language language) {
        var labelled = IntentExamples.read("intents.tsv").stream()
                .filter(example -> example.language() == language)
                .toList();
        var utterances = labelled.stream().map(Labelled::utterance).toList();
        return embedder.embed(utterances, language, Call.platform(WARM_UP_LIMIT))
                .map(embedded -> {
                    var examples = new ArrayList<Example>();
                    for (int i = 0; i < labelled.size(); i++) {
                        examples.add(new Example(
                                labelled.get(i).intent(), embedded.vectors().get(i)));
                    }
                    var ofLanguage = new EnumMap<Language, List<Example>>(Language.class);
                    ofLanguage.put(language, examples);
                    return new IntentClassifier(ofLanguage);
                });
    }
}
