package dev.pagoda.workflow.rag;

import dev.pagoda.governance.bus.Call;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

/// Turns texts of a language into unit vectors by the model for that language.
public interface Embedder {

    /// The vectors of a batch in the order of its texts, and what they took.
    record Embedded(List<float[]> vectors, long tokens, long costNanos) {}

    /// Dimensions of the vectors of each language.
    Map<Language, Integer> dimensions();

    /// @param texts at most [#MAX_BATCH]
    Future<Embedded> embed(List<String> texts, Language language, Call call);

    /// Texts of one batch.
    int MAX_BATCH = 256;
}
