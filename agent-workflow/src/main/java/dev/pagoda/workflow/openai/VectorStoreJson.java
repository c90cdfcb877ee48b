package dev.pagoda.workflow.openai;

import dev.pagoda.workflow.api.Passage;
import dev.pagoda.workflow.openai.FileRow.Status;
import dev.pagoda.workflow.openai.VectorStoreTables.Batch;
import dev.pagoda.workflow.openai.VectorStoreTables.Counts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.Function;

/// The objects of OpenAI's vector stores.
final class VectorStoreJson {
    private static final long MICROS = 1_000_000;

    private VectorStoreJson() {}

    static JsonObject store(VectorStoreRow row, Counts counts, long nowMicros) {
        String status =
                row.isExpired(nowMicros) ? "expired" : counts.of(Status.IN_PROGRESS) > 0 ? "in_progress" : "completed";
        boolean expires = row.expiresDays() > 0;
        JsonObject store = new JsonObject()
                .put("id", row.id())
                .put("object", "vector_store")
                .put("created_at", row.createdMicros() / MICROS)
                .put("name", row.name())
                .put("description", row.description())
                .put("usage_bytes", counts.bytes())
                .put("file_counts", counts(counts))
                .put("status", status)
                .put("expires_at", expires ? row.expiresMicros() / MICROS : null)
                .put("last_active_at", row.activeMicros() / MICROS)
                .put("metadata", new JsonObject(row.metadata()));
        if (expires) {
            store.put(
                    "expires_after",
                    new JsonObject().put("anchor", "last_active_at").put("days", row.expiresDays()));
        }
        return store;
    }

    private static JsonObject counts(Counts counts) {
        JsonObject out = new JsonObject();
        for (Status status : Status.values()) {
            out.put(VectorStoreTables.text(status), counts.of(status));
        }
        return out.put("total", counts.total());
    }

    static JsonObject file(FileRow row) {
        return new JsonObject()
                .put("id", row.id())
                .put("object", "vector_store.file")
                .put("usage_bytes", row.status() == Status.COMPLETED ? row.bytes() : 0)
                .put("created_at", row.createdMicros() / MICROS)
                .put("vector_store_id", row.store())
                .put("status", VectorStoreTables.text(row.status()))
                .put(
                        "last_error",
                        row.status() == Status.FAILED
                                ? new JsonObject().put("code", "invalid_file").put("message", row.error())
                                : null)
                .put(
                        "chunking_strategy",
                        new JsonObject()
                                .put("type", "static")
                                .put(
                                        "static",
                                        new JsonObject()
                                                .put("max_chunk_size_tokens", row.chunkTokens())
                                                .put("chunk_overlap_tokens", row.overlapTokens())))
                .put("attributes", new JsonObject(row.attributes()));
    }

    static JsonObject batch(Batch batch, Counts counts) {
        String status = counts.of(Status.IN_PROGRESS) > 0
                ? "in_progress"
                : counts.of(Status.CANCELLED) > 0
                        ? "cancelled"
                        : counts.total() > 0 && counts.of(Status.FAILED) == counts.total() ? "failed" : "completed";
        return new JsonObject()
                .put("id", batch.id())
                .put("object", "vector_store.files_batch")
                .put("created_at", batch.createdMicros() / MICROS)
                .put("vector_store_id", batch.store())
                .put("status", status)
                .put("file_counts", counts(counts));
    }

    static JsonObject deleted(String id, String object) {
        return new JsonObject().put("id", id).put("object", object).put("deleted", true);
    }

    static <T> JsonObject list(Page<T> page, Function<T, JsonObject> view) {
        JsonArray data = new JsonArray();
        page.rows().forEach(row -> data.add(view.apply(row)));
        return new JsonObject()
                .put("object", "list")
                .put("data", data)
                .put("first_id", data.isEmpty() ? null : data.getJsonObject(0).getString("id"))
                .put(
                        "last_id",
                        data.isEmpty()
                                ? null
                                : data.getJsonObject(data.size() - 1).getString("id"))
                .put("has_more", page.hasMore());
    }

    static JsonObject found(List<String> queries, List<Passage> passages, Function<Passage, FileRow> fileOf) {
        JsonArray data = new JsonArray();
        for (Passage passage : passages) {
            FileRow file = fileOf.apply(passage);
            data.add(new JsonObject()
                    .put("file_id", file.id())
                    .put("filename", file.filename())
                    .put("score", score(passage))
                    .put("attributes", new JsonObject(file.attributes()))
                    .put("content", new JsonArray().add(text(passage.text()))));
        }
        return page("vector_store.search_results.page", data).put("search_query", new JsonArray(List.copyOf(queries)));
    }

    /// How well a passage fits by itself, from 0 to 1.
    static double score(Passage passage) {
        return Math.clamp(passage.relevance(), 0, 1);
    }

    static JsonObject content(String text) {
        return page("vector_store.file_content.page", new JsonArray().add(text(text)));
    }

    private static JsonObject text(String text) {
        return new JsonObject().put("type", "text").put("text", text);
    }

    private static JsonObject page(String object, JsonArray data) {
        return new JsonObject()
                .put("object", object)
                .put("data", data)
                .put("has_more", false)
                .put("next_page", null);
    }
}
