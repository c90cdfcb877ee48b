package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.openai.Shelf.Kept;
import dev.pagoda.gateway.openai.Shelf.Kind;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;

/// `/files`: what clients upload, and what batches write.
final class FileRoutes {
    private static final List<String> PURPOSES =
            List.of("assistants", "batch", "fine-tune", "vision", "user_data", "evals");

    private final Shelf shelf;
    private final InstantSource clock;

    FileRoutes(Shelf shelf, InstantSource clock) {
        this.shelf = shelf;
        this.clock = clock;
    }

    void mount(Surface surface) {
        surface.post("/files", this::upload)
                .get("/files", this::list)
                .get("/files/:id", this::find)
                .delete("/files/:id", this::delete)
                .get("/files/:id/content", this::content);
    }

    /// Keeps a file.
    ///
    /// @return its object
    Future<ObjectNode> keep(String tenant, String name, String purpose, byte[] content) {
        String id = ResponseItems.newId("file-");
        ObjectNode file = JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("object", "file")
                .put("bytes", content.length)
                .put("created_at", clock.instant().getEpochSecond())
                .put("filename", name)
                .put("purpose", purpose)
                .put("status", "processed");
        return shelf.put(
                        tenant,
                        List.of(
                                new Kept(Kind.FILE, id, "", file.toString()),
                                new Kept(
                                        Kind.CONTENT,
                                        id,
                                        "",
                                        Base64.getEncoder().encodeToString(content))))
                .map(file);
    }

    /// @return fails when the tenant has no such file
    Future<byte[]> read(String tenant, String id) {
        return shelf.find(tenant, Kind.CONTENT, id)
                .map(found -> found.map(kept -> Base64.getDecoder().decode(kept.body()))
                        .orElseThrow(() -> Answers.missing("File object", id)));
    }

    private void upload(RoutingContext ctx) {
        Future.succeededFuture()
                .compose(begun -> {
                    Uploads.Upload file = Uploads.required(ctx, "file");
                    String purpose = Uploads.choice(ctx, "purpose", "", PURPOSES);
                    return keep(
                            HttpFloor.call(ctx).tenant(),
                            file.fileName().isEmpty() ? "upload" : file.fileName(),
                            purpose,
                            file.content().getBytes());
                })
                .onSuccess(file -> Answers.json(ctx, Buffer.buffer(file.toString())))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private void list(RoutingContext ctx) {
        String purpose = ctx.request().getParam("purpose", "");
        Future.succeededFuture()
                .compose(begun -> shelf.list(HttpFloor.call(ctx).tenant(), Kind.FILE, "", Lists.cut(ctx)))
                .map(page -> Lists.of(
                        page.entries().stream()
                                .map(kept -> Lists.parse(kept.body()))
                                .filter(file -> purpose.isEmpty()
                                        || file.path("purpose").asText().equals(purpose))
                                .toList(),
                        page.hasMore()))
                .onSuccess(body -> Answers.json(ctx, body))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private void find(RoutingContext ctx) {
        String id = ctx.pathParam("id");
        shelf.find(HttpFloor.call(ctx).tenant(), Kind.FILE, id)
                .map(found -> found.orElseThrow(() -> Answers.missing("File object", id)))
                .onSuccess(kept -> Answers.json(ctx, Buffer.buffer(kept.body())))
                .onFailure(ctx::fail);
    }

    private void delete(RoutingContext ctx) {
        String id = ctx.pathParam("id");
        String tenant = HttpFloor.call(ctx).tenant();
        shelf.delete(tenant, Kind.FILE, id)
                .compose(wasThere -> wasThere
                        ? shelf.delete(tenant, Kind.CONTENT, id)
                        : Future.failedFuture(Answers.missing("File object", id)))
                .onSuccess(gone -> Answers.json(ctx, Lists.deleted(id, "file")))
                .onFailure(ctx::fail);
    }

    private void content(RoutingContext ctx) {
        read(HttpFloor.call(ctx).tenant(), ctx.pathParam("id"))
                .onSuccess(bytes -> Answers.bytes(ctx, "application/octet-stream", Buffer.buffer(bytes)))
                .onFailure(ctx::fail);
    }
}
