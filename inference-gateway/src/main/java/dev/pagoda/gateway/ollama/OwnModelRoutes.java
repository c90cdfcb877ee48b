package dev.pagoda.gateway.ollama;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.ollama.ModelJson.Entry;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Catalogue;
import dev.pagoda.gateway.protocol.Json;
import dev.pagoda.gateway.protocol.Parameters;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.registry.api.ModelVersion;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// The models of a tenant by Ollama's API: those that are served to it, and those that it made of them.
///
/// To create or to copy makes a name of the tenant's own for a served model; only such names can be deleted. To pull
/// finds the model already there, or nowhere: weights come from the registry.
final class OwnModelRoutes {
    private static final Pattern NAME =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,127}(:[A-Za-z0-9][A-Za-z0-9._-]{0,79})?");
    private static final int MAX_BODY_CHARS = 256 << 10;
    private static final List<String> TEXTS = List.of("system", "template");
    private static final List<String> UNBUILT =
            List.of("files", "adapters", "draft_files", "quantize", "quantization", "remote_host");

    /// As the original tells a model that is to stay: the longest time that it can count.
    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    private final Catalogue catalogue;
    private final TenantModels own;
    private final InstantSource clock;

    OwnModelRoutes(Catalogue catalogue, TenantModels own, InstantSource clock) {
        this.catalogue = catalogue;
        this.own = own;
        this.clock = clock;
    }

    void add(Router surface) {
        surface.get("/api/tags").handler(this::tags);
        surface.head("/api/tags").handler(this::tags);
        surface.get("/api/ps").handler(this::ps);
        surface.post("/api/show").handler(this::show);
        surface.post("/api/create").handler(this::create);
        surface.post("/api/copy").handler(this::copy);
        surface.delete("/api/delete").handler(this::delete);
        surface.post("/api/pull").handler(this::pull);
    }

    static Refused unknown(String shown) {
        return new Refused(Reason.NOT_FOUND, "model_not_found", "model '" + BadParameter.echo(shown) + "' not found");
    }

    private void tags(RoutingContext ctx) {
        entries(HttpFloor.call(ctx))
                .onSuccess(all -> OllamaRoutes.json(ctx, ModelJson.list(List.copyOf(all.values()))))
                .onFailure(ctx::fail);
    }

    private void ps(RoutingContext ctx) {
        Call call = HttpFloor.call(ctx);
        entries(call)
                .compose(all -> catalogue.ready(call).map(ready -> {
                    var loaded = all.values().stream()
                            .filter(entry -> entry.own().isMissingNode() && ready.getOrDefault(entry.name(), 0) > 0)
                            .map(entry -> new ModelJson.Loaded(entry, ready.getOrDefault(entry.name(), 0)))
                            .toList();
                    Instant expires = clock.instant().plus(FOREVER).truncatedTo(ChronoUnit.SECONDS);
                    return ModelJson.loaded(loaded, expires);
                }))
                .onSuccess(body -> OllamaRoutes.json(ctx, body))
                .onFailure(ctx::fail);
    }

    private void show(RoutingContext ctx) {
        OllamaRoutes.read(ctx, OwnModelRoutes::name)
                .compose(name -> entry(ctx, name))
                .onSuccess(entry -> OllamaRoutes.json(ctx, ModelJson.show(entry)))
                .onFailure(failure -> OllamaRoutes.refuse(ctx, failure));
    }

    private void create(RoutingContext ctx) {
        OllamaRoutes.read(ctx, body -> {
                    String name = valid(name(body), "name");
                    for (String each : UNBUILT) {
                        if (body.has(each)
                                && !(body.raw(each).isTextual()
                                        && body.raw(each).asText().isEmpty())) {
                            throw OptionParameters.told(
                                    each + " is not supported: models are made of served ones by 'from'");
                        }
                    }
                    String from = body.text("from").orElse("");
                    if (from.isEmpty()) {
                        throw OptionParameters.told("neither 'from' or 'files' was specified");
                    }
                    return new Making(name, from, additions(body), OllamaChat.streams(body));
                })
                .onSuccess(making -> entry(ctx, making.from())
                        .compose(source -> save(ctx, making.name(), source, making.additions()))
                        .onSuccess(saved -> progress(
                                ctx, making.streams(), List.of("using existing layer", "writing manifest", "success")))
                        .onFailure(ctx::fail))
                .onFailure(failure -> OllamaRoutes.refuse(ctx, failure));
    }

    private record Making(String name, String from, ObjectNode additions, boolean streams) {}

    private static ObjectNode additions(Parameters body) {
        var additions = (ObjectNode) Parameters.emptyObject();
        for (String each : TEXTS) {
            body.text(each).filter(text -> !text.isEmpty()).ifPresent(text -> additions.put(each, text));
        }
        JsonNode license = body.raw("license");
        if (license.isTextual() || license.isArray()) {
            var lines = new ArrayList<String>();
            (license.isArray() ? license : List.of(license)).forEach(line -> lines.add(line.asText()));
            additions.put("license", String.join("\n", lines));
        }
        if (body.object("parameters").isPresent()) {
            OptionParameters.of(body.raw("parameters"), OllamaChat.nothing()).limits();
            additions.set("parameters", body.raw("parameters"));
        }
        if (body.has("messages")) {
            OllamaChat.messages(body.raw("messages"), new ArrayList<ChatMessage>());
            additions.set("messages", body.raw("messages"));
        }
        if (additions.toString().length() > MAX_BODY_CHARS) {
            throw OptionParameters.told("the model's own texts have more than " + MAX_BODY_CHARS + " characters");
        }
        return additions;
    }

    /// What a source has of its own stays, unless it is said anew.
    private Future<Void> save(RoutingContext ctx, String name, Entry source, ObjectNode additions) {
        var body = (ObjectNode) Parameters.emptyObject();
        source.own().properties().forEach(each -> body.set(each.getKey(), each.getValue()));
        additions.properties().forEach(each -> body.set(each.getKey(), each.getValue()));
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
        return own.save(
                HttpFloor.call(ctx).tenant(),
                new TenantModel(ModelJson.untagged(name), source.version().model(), body, micros));
    }

    private void copy(RoutingContext ctx) {
        OllamaRoutes.read(
                        ctx,
                        body -> List.of(
                                valid(body.text("source").orElse(""), "source"),
                                valid(body.text("destination").orElse(""), "destination")))
                .onSuccess(names -> entry(ctx, names.getFirst())
                        .compose(source -> save(ctx, names.getLast(), source, (ObjectNode) Parameters.emptyObject()))
                        .onSuccess(saved -> ctx.response().end())
                        .onFailure(ctx::fail))
                .onFailure(failure -> OllamaRoutes.refuse(ctx, failure));
    }

    private void delete(RoutingContext ctx) {
        OllamaRoutes.read(ctx, body -> valid(name(body), "name"))
                .onSuccess(name -> own.delete(HttpFloor.call(ctx).tenant(), ModelJson.untagged(name))
                        .compose(deleted -> deleted
                                ? Future.<Void>succeededFuture()
                                : entry(ctx, name)
                                        .compose(served -> Future.failedFuture(new Refused(
                                                Reason.FORBIDDEN,
                                                "model_served",
                                                "model '" + name + "' is served by the platform; only models that were"
                                                        + " created or copied here can be deleted"))))
                        .onSuccess(done -> ctx.response().end())
                        .onFailure(ctx::fail))
                .onFailure(failure -> OllamaRoutes.refuse(ctx, failure));
    }

    private record Pulling(String name, boolean streams) {}

    private void pull(RoutingContext ctx) {
        OllamaRoutes.read(ctx, body -> new Pulling(valid(name(body), "name"), OllamaChat.streams(body)))
                .onSuccess(pulling -> entry(ctx, pulling.name())
                        .onSuccess(present -> progress(
                                ctx,
                                pulling.streams(),
                                List.of("pulling manifest", "verifying sha256 digest", "writing manifest", "success")))
                        .onFailure(absent -> absent(ctx, pulling.streams(), absent)))
                .onFailure(failure -> OllamaRoutes.refuse(ctx, failure));
    }

    /// As the original tells a model that its library has not: in a stream, after its first line.
    private static void absent(RoutingContext ctx, boolean streams, Throwable failure) {
        if (!(failure instanceof Refused refused) || refused.refusal().reason() != Reason.NOT_FOUND) {
            ctx.fail(failure);
            return;
        }
        String sentence = "pull model manifest: file does not exist";
        if (streams) {
            lines(
                    ctx,
                    Buffer.buffer()
                            .appendBuffer(status("pulling manifest"))
                            .appendString("\n")
                            .appendBuffer(Json.write(json -> {
                                json.writeStartObject();
                                json.writeStringField("error", sentence);
                                json.writeEndObject();
                            }))
                            .appendString("\n"));
        } else {
            ctx.fail(new Refused(Reason.INTERNAL, "model_not_found", sentence));
        }
    }

    private static void progress(RoutingContext ctx, boolean streams, List<String> states) {
        if (!streams) {
            OllamaRoutes.json(ctx, status(states.getLast()));
            return;
        }
        Buffer all = Buffer.buffer();
        states.forEach(state -> all.appendBuffer(status(state)).appendString("\n"));
        lines(ctx, all);
    }

    private static void lines(RoutingContext ctx, Buffer lines) {
        ctx.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/x-ndjson")
                .end(lines)
                .onFailure(gone -> {});
    }

    private static Buffer status(String state) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("status", state);
            json.writeEndObject();
        });
    }

    private Future<Entry> entry(RoutingContext ctx, String shown) {
        return entries(HttpFloor.call(ctx)).map(all -> {
            Entry found = all.get(ModelJson.untagged(shown));
            if (found == null) {
                throw unknown(shown);
            }
            return found;
        });
    }

    /// All models of the caller by name: served ones, and over them its own.
    private Future<Map<String, Entry>> entries(Call call) {
        return catalogue.versions(call).map(versions -> {
            var all = new TreeMap<String, Entry>();
            for (ModelVersion version : versions) {
                all.merge(
                        version.model(),
                        new Entry(version.model(), version, OllamaChat.nothing(), version.createdMicros()),
                        (one, other) ->
                                one.version().version() > other.version().version() ? one : other);
            }
            var served = Map.copyOf(all);
            for (TenantModel model : own.of(call.tenant())) {
                Entry source = served.get(model.source());
                if (source != null) {
                    all.put(
                            model.name(),
                            new Entry(model.name(), source.version(), model.body(), model.createdMicros()));
                }
            }
            return all;
        });
    }

    private static String name(Parameters body) {
        String name = body.text("model")
                .filter(text -> !text.isEmpty())
                .or(() -> body.text("name"))
                .orElse("");
        if (name.isEmpty()) {
            throw OptionParameters.told("model is required");
        }
        return name;
    }

    private static String valid(String name, String what) {
        if (!NAME.matcher(name).matches()) {
            throw OptionParameters.told(what + " \"" + BadParameter.echo(name) + "\" is invalid");
        }
        return name;
    }
}
