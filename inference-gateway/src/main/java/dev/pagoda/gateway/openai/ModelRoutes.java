package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.ServedModel;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;

/// `/models`: those that the caller may use. None can be deleted: the registry owns them.
final class ModelRoutes {
    private final ChatService service;

    ModelRoutes(ChatService service) {
        this.service = service;
    }

    void mount(Surface surface) {
        surface.get("/models", this::list)
                .get("/models/:model", ctx -> one(ctx, ctx.pathParam("model")))
                .get("/models/:owner/:model", ctx -> one(ctx, ctx.pathParam("owner") + "/" + ctx.pathParam("model")))
                .delete("/models/:model", ctx -> delete(ctx, ctx.pathParam("model")))
                .delete(
                        "/models/:owner/:model",
                        ctx -> delete(ctx, ctx.pathParam("owner") + "/" + ctx.pathParam("model")));
    }

    private void list(RoutingContext ctx) {
        service.models(HttpFloor.call(ctx))
                .map(ModelJson::list)
                .onSuccess(body -> Answers.json(ctx, body))
                .onFailure(ctx::fail);
    }

    private void one(RoutingContext ctx, String name) {
        find(ctx, name)
                .map(ModelJson::one)
                .onSuccess(body -> Answers.json(ctx, body))
                .onFailure(ctx::fail);
    }

    private Future<ServedModel> find(RoutingContext ctx, String name) {
        return service.models(HttpFloor.call(ctx))
                .map(models -> models.stream()
                        .filter(model -> model.name().equals(name))
                        .findFirst()
                        .orElseThrow(() -> new Refused(
                                Reason.NOT_FOUND,
                                "model_not_found",
                                "The model '" + BadParameter.echo(name)
                                        + "' does not exist or you do not have access to it.")));
    }

    private void delete(RoutingContext ctx, String name) {
        find(ctx, name)
                .onSuccess(model -> ctx.fail(new Refused(
                        Reason.FORBIDDEN,
                        "model_not_deletable",
                        "You have insufficient permissions for this operation: only fine-tuned models can be deleted,"
                                + " and models are retired in the registry.")))
                .onFailure(ctx::fail);
    }
}
