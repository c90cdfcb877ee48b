package dev.pagoda.workflow.rag;

import dev.pagoda.gateway.api.EmbedTexts;
import dev.pagoda.gateway.api.EmbeddedTexts;
import dev.pagoda.gateway.api.Gateway;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Turns texts of a language into unit vectors by the gateway's model for that language. Safe from any
/// thread.
public final class Embedder {
    /// Texts of one batch.
    static final int MAX_BATCH = 256;

    /// The served model for a language.
    public record Model(String name, int dimensions) {}

    private final Bus bus;
    private final Map<Language, Model> models;

    /// @param models one for every language
    public Embedder(Bus bus, Map<Language, Model> models) {
        this.bus = bus;
        this.models = Map.copyOf(models);
        for (var language : Language.values()) {
            if (!models.containsKey(language)) {
                throw new IllegalArgumentException("there is no embedding model for " + language.tag());
            }
        }
    }

    Map<Language, Integer> dimensions() {
        return models.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        Map.Entry::getKey, entry -> entry.getValue().dimensions()));
    }

    /// The vectors of a batch, on the account of the call's principal.
    public Future<EmbeddedTexts> embed(List<String> texts, Language language, Call call) {
        var model = model(language);
        return bus.ask(Gateway.EMBED, new EmbedTexts(model.name, texts), call).map(embedded -> {
            int made = embedded.vectors().getFirst().length;
            if (made != model.dimensions || embedded.vectors().size() != texts.size()) {
                throw new Refused(
                        Reason.UNPROCESSABLE,
                        "embedding_mismatch",
                        "the model " + model.name + " gave "
                                + embedded.vectors().size() + " vectors of " + made
                                + " dimensions for " + texts.size() + " texts; " + model.dimensions
                                + " are configured");
            }
            return embedded;
        });
    }

    private Model model(Language language) {
        var model = models.get(language);
        if (model == null) {
            throw new IllegalStateException("the constructor checks that every language has a model");
        }
        return model;
    }
}
