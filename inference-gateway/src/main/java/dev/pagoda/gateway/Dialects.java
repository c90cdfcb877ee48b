package dev.pagoda.gateway;

import dev.pagoda.gateway.InferenceGateway.Surroundings;
import dev.pagoda.gateway.anthropic.AnthropicRoutes;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.kserve.KserveRoutes;
import dev.pagoda.gateway.ollama.OllamaRoutes;
import dev.pagoda.gateway.ollama.TenantModels;
import dev.pagoda.gateway.protocol.Bodies;
import dev.pagoda.gateway.protocol.Catalogue;
import dev.pagoda.gateway.protocol.Exchanges;
import io.vertx.core.Future;
import io.vertx.ext.web.Router;
import java.util.function.BooleanSupplier;

/// The protocols beside OpenAI's in which clients ask the same models: Anthropic's, Ollama's and KServe's.
final class Dialects {
    private final AnthropicRoutes anthropic;
    private final TenantModels tenantModels;
    private final OllamaRoutes ollama;
    private final KserveRoutes kserve;

    /// @param front what all protocols ask
    /// @param ready whether the deployments are up
    Dialects(Surroundings around, ChatService front, Exchanges exchanges, Bodies.Bounds bounds, BooleanSupplier ready) {
        var catalogue = Catalogue.of(around.bus());
        this.anthropic = new AnthropicRoutes(
                new AnthropicRoutes.Ground(around.http(), exchanges, around.clock()), front, bounds);
        this.tenantModels = new TenantModels(around.store());
        this.ollama = new OllamaRoutes(
                new OllamaRoutes.Ground(around.http(), exchanges, around.clock(), catalogue, tenantModels),
                front,
                bounds);
        this.kserve =
                new KserveRoutes(new KserveRoutes.Ground(around.http(), exchanges, catalogue, ready), front, bounds);
    }

    /// Reads what is kept; the tables are there.
    Future<Void> start() {
        return tenantModels.load();
    }

    /// Adds the routes; before those of OpenAI, which own the rest of `/v1`.
    void mount(Router root) {
        anthropic.mount(root);
        ollama.mount(root);
        kserve.mount(root);
    }
}
