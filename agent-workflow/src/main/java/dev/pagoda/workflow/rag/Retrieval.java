package dev.pagoda.workflow.rag;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.workflow.api.Passage;
import dev.pagoda.workflow.api.Passages;
import dev.pagoda.workflow.api.SearchKnowledge;
import io.vertx.core.Future;
import java.util.List;

/// Finds passages by meaning and by words.
public final class Retrieval {
    private final KnowledgeBases bases;
    private final PassageIndex index;
    private final Embedder embedder;

    Retrieval(KnowledgeBases bases, PassageIndex index, Embedder embedder) {
        this.bases = bases;
        this.index = index;
        this.embedder = embedder;
    }

    /// The passages that fit the question best, best first; none for an empty knowledge base.
    public Future<Passages> search(SearchKnowledge search, Call call) {
        return search(search, Filter.EVERYTHING, call);
    }

    /// The passages of these documents that fit the question best.
    public Future<Passages> searchWithin(SearchKnowledge search, List<String> documents, Call call) {
        return search(search, PassageIndex.ofDocuments(documents), call);
    }

    private Future<Passages> search(SearchKnowledge search, Filter filter, Call call) {
        return bases.find(search.knowledgeBase(), call).compose(base -> {
            if (base.chunks() == 0) {
                return Future.succeededFuture(new Passages(List.of(), 0, 0));
            }
            var language = Language.detect(search.query());
            return embedder.embed(List.of(search.query()), language, call).compose(embedded -> {
                var vector = embedded.vectors().getFirst();
                return index.search(base, search.query(), language, vector, filter, search.limit(), call)
                        .map(hits -> {
                            var relevance = new Relevance(search.query(), language);
                            var passages = hits.hits().stream()
                                    .map(hit -> passage(hit, relevance, language, vector))
                                    .toList();
                            return new Passages(passages, embedded.promptTokens(), embedded.costNanos());
                        });
            });
        });
    }

    private static Passage passage(Hit hit, Relevance relevance, Language language, float[] query) {
        var title = PassageIndex.title(hit);
        var text = PassageIndex.text(hit);
        double similarity =
                hit.vectors().get(language.tag()) instanceof VectorValue.Dense(var vector) ? dot(query, vector) : 0;
        return new Passage(
                PassageIndex.document(hit),
                title,
                text,
                PassageIndex.offset(hit),
                PassageIndex.language(hit).tag(),
                hit.score(),
                relevance.of(title + "\n" + text, similarity));
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
