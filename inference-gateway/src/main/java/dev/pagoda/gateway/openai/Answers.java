package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.RequestService;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Bodies;
import dev.pagoda.gateway.protocol.Exchanges;
import dev.pagoda.gateway.protocol.Parameters;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Function;

/// How all of OpenAI's routes read requests and write answers.
final class Answers {
    /// Where a route that is of one deployment, as Azure's are, keeps its name.
    static final String DEPLOYMENT = "openai.deployment";

    private Answers() {}

    /// The body of a request as JSON.
    ///
    /// @param form may throw [BadParameter]
    static <T> Future<T> read(RoutingContext ctx, Function<Parameters, T> form) {
        return read(ctx, Parameters::ofBody, form);
    }

    /// The question of a chat, of which one of far too many messages is refused before it is read.
    static <T> Future<T> readChat(RoutingContext ctx, Function<Parameters, T> form) {
        return read(ctx, bytes -> Parameters.ofBody(bytes, "messages", ChatParameters.MAX_MESSAGES), form);
    }

    private static <T> Future<T> read(
            RoutingContext ctx, Function<Buffer, Parameters> parse, Function<Parameters, T> form) {
        String deployment = ctx.get(DEPLOYMENT);
        return Bodies.read(ctx, bytes -> {
            Parameters body = parse.apply(bytes);
            return form.apply(deployment == null ? body : body.with("model", deployment));
        });
    }

    /// One name for the request everywhere: in the answer, its header, the usage record and the log.
    static Call named(RoutingContext ctx, String requestId) {
        ctx.response().putHeader("x-request-id", requestId);
        return Exchanges.named(ctx, requestId);
    }

    static void json(RoutingContext ctx, Buffer body) {
        bytes(ctx, "application/json", body);
    }

    static void bytes(RoutingContext ctx, String type, Buffer body) {
        if (!ctx.response().ended()) {
            ctx.response().putHeader(HttpHeaders.CONTENT_TYPE, type).end(body).onFailure(gone -> {});
        }
    }

    static void refuse(RoutingContext ctx, Throwable failure) {
        if (failure instanceof RequestService.GivenUp) {
            return; // nobody is there to hear of it
        }
        if (failure instanceof BadParameter bad) {
            HttpFloor.refuse(
                    ctx,
                    (status, refusal) -> Buffer.buffer(OpenAiErrors.bytes(bad)),
                    Refusal.of(Reason.INVALID, "bad_parameter", bad.sentence()));
        } else {
            ctx.fail(failure);
        }
    }

    /// The refusal of an id that the caller's tenant has nothing under.
    static Refused missing(String what, String id) {
        return new Refused(
                Reason.NOT_FOUND, "resource_missing", "No such " + what + ": '" + BadParameter.echo(id) + "'");
    }
}
