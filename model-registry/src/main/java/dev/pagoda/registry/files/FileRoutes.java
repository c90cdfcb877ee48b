package dev.pagoda.registry.files;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.OpenAiForm;
import dev.pagoda.registry.api.StoredFile;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// OpenAI's routes `/v1/files` and `/v1/uploads`.
public final class FileRoutes {
    private static final String FILES = "/v1/files";
    private static final Duration WAIT = Duration.ofSeconds(60);
    /// Largest file; the form around it may take a little more.
    private static final int MAX_FILE_BYTES = 32 << 20;

    private static final int MAX_FORM_BYTES = MAX_FILE_BYTES + (64 << 10);
    private static final int MAX_LIMIT = 10_000;
    private static final int MAX_NAME_CHARS = 255;
    /// https://platform.openai.com/docs/api-reference/files/create, 2026-05.
    static final Set<String> PURPOSES = Set.of("assistants", "batch", "fine-tune", "vision", "user_data", "evals");

    private final TenantFiles files;

    public FileRoutes(TenantFiles files) {
        this.files = files;
    }

    public void mount(Router root, HttpFloor http) {
        Router surface = http.streaming(OpenAiForm.FORM, MAX_FORM_BYTES, WAIT);
        surface.post(FILES).handler(this::upload);
        surface.get(FILES).handler(this::list);
        surface.get(FILES + "/:id")
                .handler(ctx -> files.find(id(ctx), HttpFloor.call(ctx))
                        .onSuccess(file -> json(ctx, view(file)))
                        .onFailure(ctx::fail));
        surface.get(FILES + "/:id/content").handler(this::content);
        surface.delete(FILES + "/:id")
                .handler(ctx -> files.remove(id(ctx), HttpFloor.call(ctx))
                        .onSuccess(_ -> json(
                                ctx,
                                new JsonObject()
                                        .put("id", id(ctx))
                                        .put("object", "file")
                                        .put("deleted", true)))
                        .onFailure(ctx::fail));
        HttpFloor.mount(root, surface, FILES);
        new UploadRoutes(files.uploads()).mount(root, http);
    }

    private static String id(RoutingContext ctx) {
        return ctx.pathParam("id");
    }

    private void upload(RoutingContext ctx) {
        Call call = HttpFloor.call(ctx);
        FilePart part = new FilePart("file");
        Future<Void> read;
        try {
            read = part.read(ctx.request(), MAX_FILE_BYTES, MAX_FORM_BYTES);
        } catch (IllegalStateException noForm) {
            ctx.fail(invalid("the request is no multipart/form-data with a file"));
            return;
        }
        read.compose(_ -> {
                    String purpose = purpose(ctx.request().getFormAttribute("purpose"));
                    long life = Expiry.seconds(ctx.request());
                    return files.add(part.filename(MAX_NAME_CHARS), purpose, part.content(), life, call);
                })
                .onSuccess(file -> json(ctx, view(file)))
                .onFailure(failure -> BadField.refuse(ctx, failure));
    }

    /// @throws BadField if there is none that a client may give
    static String purpose(@Nullable String told) {
        if (told == null || told.isEmpty()) {
            throw BadField.missing("purpose");
        }
        if (!PURPOSES.contains(told)) {
            throw BadField.value(
                    "purpose",
                    told,
                    PURPOSES.stream().sorted().map(each -> "'" + each + "'").collect(Collectors.joining(", ")));
        }
        return told;
    }

    private void list(RoutingContext ctx) {
        Future.succeededFuture()
                .compose(begun -> page(ctx))
                .onSuccess(page -> json(ctx, page))
                .onFailure(failure -> BadField.refuse(ctx, failure));
    }

    private Future<JsonObject> page(RoutingContext ctx) {
        Call call = HttpFloor.call(ctx);
        Optional<String> purpose = Optional.ofNullable(ctx.request().getParam("purpose"));
        String order = ctx.request().getParam("order", "desc");
        if (!order.equals("asc") && !order.equals("desc")) {
            throw BadField.value("order", order, "'asc', 'desc'");
        }
        int limit = limit(ctx.request().getParam("limit", Integer.toString(MAX_LIMIT)));
        String after = ctx.request().getParam("after");
        Future<Optional<StoredFile>> last = after == null
                ? Future.succeededFuture(Optional.empty())
                : files.find(after, call).map(Optional::of);
        // one more than asked for tells whether there is another page
        return last.compose(found -> files.list(purpose, order.equals("desc"), found, limit + 1, call))
                .map(found -> {
                    List<StoredFile> page = found.subList(0, Math.min(limit, found.size()));
                    JsonArray data = new JsonArray();
                    page.forEach(file -> data.add(view(file)));
                    return new JsonObject()
                            .put("object", "list")
                            .put("data", data)
                            .put(
                                    "first_id",
                                    page.isEmpty() ? "" : page.getFirst().id())
                            .put("last_id", page.isEmpty() ? "" : page.getLast().id())
                            .put("has_more", found.size() > limit);
                });
    }

    private static int limit(String text) {
        int limit;
        try {
            limit = Integer.parseInt(text);
        } catch (NumberFormatException notANumber) {
            throw BadField.type("limit", "an integer");
        }
        if (limit < 1) {
            throw BadField.below("limit", 1, limit);
        }
        if (limit > MAX_LIMIT) {
            throw BadField.above("limit", MAX_LIMIT, limit);
        }
        return limit;
    }

    private void content(RoutingContext ctx) {
        files.where(id(ctx), HttpFloor.call(ctx))
                .compose(found -> ctx.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, "application/octet-stream")
                        .sendFile(found.toString()))
                .onFailure(ctx::fail);
    }

    static JsonObject view(StoredFile file) {
        var view = new JsonObject()
                .put("id", file.id())
                .put("object", "file")
                .put("bytes", file.bytes())
                .put("created_at", file.createdMicros() / 1_000_000)
                .put("filename", file.filename())
                .put("purpose", file.purpose())
                .put("status", "processed");
        return file.expiresMicros() == 0 ? view : view.put("expires_at", file.expiresMicros() / 1_000_000);
    }

    static Refused invalid(String message) {
        return new Refused(Reason.INVALID, "invalid_value", message);
    }

    static void json(RoutingContext ctx, JsonObject body) {
        ctx.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(body.toBuffer())
                .onFailure(_ -> {});
    }
}
