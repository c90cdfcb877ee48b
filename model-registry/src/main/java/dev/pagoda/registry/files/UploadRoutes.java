package dev.pagoda.registry.files;

import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.OpenAiForm;
import dev.pagoda.registry.files.TenantUploads.Announced;
import dev.pagoda.registry.files.TenantUploads.Upload;
import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// OpenAI's routes `/v1/uploads`: large files that are sent in parts.
final class UploadRoutes {
    private static final String UPLOADS = "/v1/uploads";
    private static final Duration WAIT = Duration.ofMinutes(10);

    /// https://platform.openai.com/docs/api-reference/uploads/add-part, 2026-05.
    private static final int MAX_PART_BYTES = 64 << 20;

    private static final int MAX_FORM_BYTES = MAX_PART_BYTES + (64 << 10);
    private static final int MAX_BODY_BYTES = 1 << 20;
    private static final int MAX_TEXT = 255;

    private final TenantUploads uploads;

    UploadRoutes(TenantUploads uploads) {
        this.uploads = uploads;
    }

    void mount(Router root, HttpFloor http) {
        Router surface = http.streaming(OpenAiForm.FORM, MAX_FORM_BYTES, WAIT);
        surface.post(UPLOADS + "/:id/parts").handler(this::addPart);
        BodyHandler bodies = BodyHandler.create(false).setBodyLimit(MAX_BODY_BYTES);
        surface.post(UPLOADS).handler(bodies).handler(this::create);
        surface.post(UPLOADS + "/:id/complete").handler(bodies).handler(this::complete);
        surface.post(UPLOADS + "/:id/cancel")
                .handler(bodies)
                .handler(ctx -> answer(
                        ctx,
                        uploads.cancel(ctx.pathParam("id"), HttpFloor.call(ctx)).map(UploadRoutes::view)));
        HttpFloor.mount(root, surface, UPLOADS);
    }

    private void create(RoutingContext ctx) {
        answer(ctx, body(ctx).compose(body -> {
            String purpose = FileRoutes.purpose(text(body, "purpose"));
            text(body, "mime_type");
            var announced = new Announced(text(body, "filename"), purpose, bytes(body), Expiry.secondsIn(body));
            return uploads.create(announced, HttpFloor.call(ctx)).map(UploadRoutes::view);
        }));
    }

    private static long bytes(JsonObject body) {
        Object bytes = body.getValue("bytes");
        if (!(bytes instanceof Integer || bytes instanceof Long)) {
            throw bytes == null ? BadField.missing("bytes") : BadField.type("bytes", "an integer");
        }
        long many = ((Number) bytes).longValue();
        if (many < 0) {
            throw BadField.below("bytes", 0, many);
        }
        if (many > TenantUploads.MAX_BYTES) {
            throw BadField.above("bytes", TenantUploads.MAX_BYTES, many);
        }
        return many;
    }

    private void addPart(RoutingContext ctx) {
        var part = new FilePart("data");
        Future<Void> read;
        try {
            read = part.read(ctx.request(), MAX_PART_BYTES, MAX_FORM_BYTES);
        } catch (IllegalStateException noForm) {
            ctx.fail(FileRoutes.invalid("the request is no multipart/form-data with a part"));
            return;
        }
        answer(
                ctx,
                read.compose(done -> uploads.addPart(ctx.pathParam("id"), part.required(), HttpFloor.call(ctx)))
                        .map(added -> new JsonObject()
                                .put("id", added.id())
                                .put("object", "upload.part")
                                .put("created_at", added.createdMicros() / 1_000_000)
                                .put("upload_id", added.uploadId())));
    }

    private void complete(RoutingContext ctx) {
        answer(ctx, body(ctx).compose(body -> {
            Optional<String> md5 = body.getValue("md5") == null ? Optional.empty() : Optional.of(text(body, "md5"));
            return uploads.complete(ctx.pathParam("id"), partIds(body), md5, HttpFloor.call(ctx))
                    .map(done -> view(done.upload()).put("file", FileRoutes.view(done.file())));
        }));
    }

    private static List<String> partIds(JsonObject body) {
        if (!(body.getValue("part_ids") instanceof JsonArray ids) || ids.size() > TenantUploads.MAX_PARTS) {
            throw FileRoutes.invalid("'part_ids' has to be a list of at most " + TenantUploads.MAX_PARTS + " ids");
        }
        var parts = new ArrayList<String>(ids.size());
        for (Object id : ids) {
            if (!(id instanceof String part)) {
                throw FileRoutes.invalid("'part_ids' has to be a list of ids");
            }
            parts.add(part);
        }
        return parts;
    }

    private static Future<JsonObject> body(RoutingContext ctx) {
        try {
            JsonObject body = ctx.body().asJsonObject();
            return body == null
                    ? Future.failedFuture(FileRoutes.invalid("the request has no body"))
                    : Future.succeededFuture(body);
        } catch (DecodeException | ClassCastException malformed) {
            return Future.failedFuture(FileRoutes.invalid("the body of the request is no JSON object"));
        }
    }

    private static String text(JsonObject body, String name) {
        if (body.getValue(name) == null) {
            throw BadField.missing(name);
        }
        if (!(body.getValue(name) instanceof String text) || text.isBlank() || text.length() > MAX_TEXT) {
            throw BadField.type(name, "a string of 1 to " + MAX_TEXT + " characters");
        }
        return text;
    }

    private static JsonObject view(Upload upload) {
        return new JsonObject()
                .put("id", upload.id())
                .put("object", "upload")
                .put("bytes", upload.announced().bytes())
                .put("created_at", upload.createdMicros() / 1_000_000)
                .put("filename", upload.announced().filename())
                .put("purpose", upload.announced().purpose())
                .put("status", upload.status().name().toLowerCase(Locale.ROOT))
                .put("expires_at", upload.expiresMicros() / 1_000_000);
    }

    private static void answer(RoutingContext ctx, Future<JsonObject> body) {
        body.onSuccess(json -> FileRoutes.json(ctx, json)).onFailure(failure -> BadField.refuse(ctx, failure));
    }
}
