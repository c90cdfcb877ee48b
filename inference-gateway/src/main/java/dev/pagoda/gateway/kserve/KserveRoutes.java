package dev.pagoda.gateway.kserve;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.EmbedRequest;
import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.backend.RequestService.GivenUp;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Bodies;
import dev.pagoda.gateway.protocol.Catalogue;
import dev.pagoda.gateway.protocol.Departure;
import dev.pagoda.gateway.protocol.Exchanges;
import dev.pagoda.gateway.protocol.Json;
import dev.pagoda.gateway.protocol.Parameters;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.Task;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// The routes below `/v2`. Health is told to anyone, as probes carry no keys.
public final class KserveRoutes {
    private static final String PREFIX = "/v2";
    private static final String MODEL = PREFIX + "/models/:model";
    private static final String VERSION = MODEL + "/versions/:version";

    private final HttpFloor http;
    private final Exchanges exchanges;
    private final Catalogue catalogue;
    private final BooleanSupplier ready;
    private final ChatService service;
    private final Bodies.Bounds bounds;

    /// What the routes stand on.
    ///
    /// @param ready whether the deployments are up
    public record Ground(HttpFloor http, Exchanges exchanges, Catalogue catalogue, BooleanSupplier ready) {}

    public KserveRoutes(Ground ground, ChatService service, Bodies.Bounds bounds) {
        this.http = ground.http();
        this.exchanges = ground.exchanges();
        this.catalogue = ground.catalogue();
        this.ready = ground.ready();
        this.service = service;
        this.bounds = bounds;
    }

    public void mount(Router root) {
        root.get(PREFIX + "/health/live").handler(ctx -> flag(ctx, "live", true));
        root.get(PREFIX + "/health/ready").handler(ctx -> flag(ctx, "ready", ready.getAsBoolean()));
        Router surface = http.surface(KserveErrors.FORM, bounds.maxBodyBytes(), bounds.requestTimeout());
        surface.route().handler(exchanges::admit);
        surface.get(PREFIX).handler(KserveRoutes::server);
        for (String model : List.of(MODEL, VERSION)) {
            surface.get(model).handler(this::metadata);
            surface.get(model + "/ready").handler(this::modelReady);
            surface.post(model + "/infer").handler(this::infer);
        }
        HttpFloor.mount(root, surface, PREFIX);
    }

    private static void flag(RoutingContext ctx, String name, boolean value) {
        ctx.response().setStatusCode(value ? 200 : 503);
        json(ctx, Json.write(json -> {
            json.writeStartObject();
            json.writeBooleanField(name, value);
            json.writeEndObject();
        }));
    }

    private static void server(RoutingContext ctx) {
        String version = KserveRoutes.class.getPackage().getImplementationVersion();
        json(ctx, Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("name", "pagoda");
            json.writeStringField("version", version == null ? "development" : version);
            json.writeArrayFieldStart("extensions");
            json.writeEndArray();
            json.writeEndObject();
        }));
    }

    private void metadata(RoutingContext ctx) {
        String name = ctx.pathParam("model");
        catalogue
                .versions(HttpFloor.call(ctx))
                .map(all -> {
                    ModelVersion version = requireEmbedding(find(all, ctx));
                    List<Integer> numbers = all.stream()
                            .filter(each -> each.model().equals(name))
                            .map(ModelVersion::version)
                            .sorted()
                            .toList();
                    return Json.write(json -> {
                        json.writeStartObject();
                        json.writeStringField("name", version.model());
                        json.writeArrayFieldStart("versions");
                        for (int number : numbers) {
                            json.writeString(Integer.toString(number));
                        }
                        json.writeEndArray();
                        json.writeStringField("platform", "onnxruntime_onnx");
                        json.writeArrayFieldStart("inputs");
                        tensor(json, InferRequest.INPUT, "BYTES", -1);
                        json.writeEndArray();
                        json.writeArrayFieldStart("outputs");
                        tensor(
                                json,
                                InferRequest.OUTPUT,
                                "FP32",
                                -1,
                                version.architecture().hidden());
                        json.writeEndArray();
                        json.writeEndObject();
                    });
                })
                .onSuccess(body -> json(ctx, body))
                .onFailure(ctx::fail);
    }

    private static void tensor(JsonGenerator json, String name, String datatype, int... shape) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", name);
        json.writeStringField("datatype", datatype);
        json.writeFieldName("shape");
        json.writeArray(shape, 0, shape.length);
        json.writeEndObject();
    }

    private void modelReady(RoutingContext ctx) {
        catalogue
                .versions(HttpFloor.call(ctx))
                .map(all -> find(all, ctx))
                .compose(version -> catalogue
                        .ready(HttpFloor.call(ctx))
                        .map(replicas -> replicas.getOrDefault(version.model(), 0) > 0)
                        .onSuccess(isReady -> {
                            ctx.response().setStatusCode(isReady ? 200 : 503);
                            json(ctx, Json.write(json -> {
                                json.writeStartObject();
                                json.writeStringField("name", version.model());
                                json.writeBooleanField("ready", isReady);
                                json.writeEndObject();
                            }));
                        }))
                .onFailure(ctx::fail);
    }

    private record Asked(ModelVersion version, InferRequest request) {}

    private void infer(RoutingContext ctx) {
        String id = "infer-" + HttpFloor.newTrace().substring("req_".length());
        Bodies.read(ctx, bytes -> InferRequest.of(Parameters.ofBody(bytes)))
                .compose(request -> catalogue
                        .versions(HttpFloor.call(ctx))
                        .map(all -> new Asked(requireEmbedding(find(all, ctx)), request)))
                .compose(asked -> {
                    ctx.response().putHeader("x-request-id", id);
                    var embed = new EmbedRequest(
                                    id,
                                    reference(ctx, asked.version()),
                                    asked.request().texts(),
                                    Hints.none()
                                            .withHeaders(Hints.headersOf(
                                                    ctx.request().headers())))
                            .until(Departure.of(ctx));
                    return service.embed(embed, Exchanges.named(ctx, id), ctx.response()::putHeader)
                            .compose(reply -> ctx.vertx()
                                    .executeBlocking(
                                            () -> asked.request()
                                                    .answer(
                                                            asked.version().model(),
                                                            asked.version().version(),
                                                            reply),
                                            false));
                })
                .onSuccess(body -> json(ctx, body))
                .onFailure(failure -> refuse(ctx, failure));
    }

    /// A version that the client did not name is left to the registry, as for every other protocol.
    private static String reference(RoutingContext ctx, ModelVersion version) {
        return ctx.pathParam("version") == null ? version.model() : version.reference();
    }

    /// The version that the path names, or the newest.
    private static ModelVersion find(List<ModelVersion> all, RoutingContext ctx) {
        String name = ctx.pathParam("model");
        Optional<String> version = Optional.ofNullable(ctx.pathParam("version"));
        return all.stream()
                .filter(each -> each.model().equals(name))
                .filter(each ->
                        version.map(Integer.toString(each.version())::equals).orElse(true))
                .max(Comparator.comparingInt(ModelVersion::version))
                .orElseThrow(() -> new Refused(
                        Reason.NOT_FOUND,
                        "model_not_found",
                        "Model with name " + BadParameter.echo(name)
                                + version.map(number -> " and version " + BadParameter.echo(number))
                                        .orElse("")
                                + " does not exist."));
    }

    private static ModelVersion requireEmbedding(ModelVersion version) {
        if (version.task() != Task.EMBEDDING) {
            throw new Refused(
                    Reason.INVALID,
                    "model_not_supported",
                    "model " + version.model() + " makes chats; this protocol answers for embedding models");
        }
        return version;
    }

    private static void refuse(RoutingContext ctx, Throwable failure) {
        if (failure instanceof GivenUp) {
            return; // nobody is there to hear of it
        }
        if (failure instanceof BadParameter bad) {
            HttpFloor.refuse(ctx, KserveErrors.FORM, KserveErrors.refusal(bad));
        } else {
            ctx.fail(failure);
        }
    }

    private static void json(RoutingContext ctx, Buffer body) {
        ctx.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(body)
                .onFailure(gone -> {});
    }
}
