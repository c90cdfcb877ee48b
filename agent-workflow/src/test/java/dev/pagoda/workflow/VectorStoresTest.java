package dev.pagoda.workflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.registry.api.FileContent;
import dev.pagoda.registry.api.Registry;
import dev.pagoda.registry.api.StoredFile;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// OpenAI's vector stores where files and vectors are fakes.
class VectorStoresTest {
    private static final String ROOT = "/v1/vector_stores";

    @TempDir
    Path temporary;

    private final FakeVectors vectors = new FakeVectors();
    private final Map<String, String> files = new ConcurrentHashMap<>(
            Map.of("file-a", "The shop opens at nine.", "file-b", "A parcel comes back within thirty days."));
    private volatile boolean isReadable = true;

    private RunningModule start() {
        return new RunningModule(temporary.resolve("data"), RunningModule.config(temporary), (vertx, bus) -> {
            vectors.serve(bus);
            new FakeGateway().serve(bus);
            serveFiles(bus);
        });
    }

    private void serveFiles(Bus bus) {
        bus.serve(Registry.FILE, (asked, call) -> Future.succeededFuture(file(asked.id(), call)));
        bus.serve(Registry.FILE_CONTENT, (asked, call) -> {
            StoredFile file = file(asked.id(), call);
            if (!isReadable) {
                throw new Refused(Reason.UNAVAILABLE, "not_ready", "the files are not open");
            }
            return Future.succeededFuture(
                    new FileContent(file, files.getOrDefault(asked.id(), "").getBytes(StandardCharsets.UTF_8)));
        });
    }

    private StoredFile file(String id, Call call) {
        String text = files.get(id);
        if (text == null || !call.tenant().equals("acme")) {
            throw new Refused(Reason.NOT_FOUND, "file_not_found", "No such File object: " + id);
        }
        return new StoredFile(id, id + ".txt", "assistants", text.length(), 1);
    }

    private static JsonNode completed(RunningModule module, String store, int count) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            JsonNode now = module.expect(200, "acme", "GET", ROOT + "/" + store, "");
            if (now.at("/file_counts/completed").asInt() == count || System.nanoTime() > deadline) {
                assertEquals(count, now.at("/file_counts/completed").asInt(), now::toString);
                return now;
            }
            Thread.onSpinWait();
        }
    }

    @Test
    void filesGoOnAfterAStopInTheMiddle() throws Exception {
        isReadable = false;
        String store;
        try (RunningModule module = start()) {
            store = module.expect(200, "acme", "POST", ROOT, "{\"file_ids\":[\"file-a\",\"file-b\"]}")
                    .path("id")
                    .asText();
            assertEquals(
                    "in_progress",
                    module.expect(200, "acme", "GET", ROOT + "/" + store, "")
                            .path("status")
                            .asText());
        }
        isReadable = true;
        try (RunningModule module = start()) {
            assertEquals("completed", completed(module, store, 2).path("status").asText());
            JsonNode found =
                    module.expect(200, "acme", "POST", ROOT + "/" + store + "/search", "{\"query\":\"shop opens\"}");
            assertEquals("file-a", found.at("/data/0/file_id").asText(), found::toString);
        }
    }

    @Test
    void tenantsDoNotSeeEachOthersVectorStores() throws Exception {
        try (RunningModule module = start()) {
            String store =
                    module.expect(200, "acme", "POST", ROOT, "{}").path("id").asText();
            assertEquals(
                    0, module.expect(200, "other", "GET", ROOT, "").path("data").size());
            for (String path : new String[] {"", "/files", "/files/file-a", "/file_batches/vsfb_x"}) {
                module.expect(404, "other", "GET", ROOT + "/" + store + path, "");
            }
            module.expect(404, "other", "DELETE", ROOT + "/" + store, "");
            module.expect(404, "other", "POST", ROOT + "/" + store + "/search", "{\"query\":\"x\"}");
            module.expect(404, "other", "POST", ROOT, "{\"file_ids\":[\"file-a\"]}");
            assertEquals(
                    0, module.expect(200, "other", "GET", ROOT, "").path("data").size());
        }
    }

    @Test
    void aVectorStoreWhoseFileIsTakenOutForgetsWhatItSaid() throws Exception {
        try (RunningModule module = start()) {
            String store = module.expect(200, "acme", "POST", ROOT, "{\"file_ids\":[\"file-a\",\"file-b\"]}")
                    .path("id")
                    .asText();
            completed(module, store, 2);
            int before = vectors.size();
            module.expect(200, "acme", "DELETE", ROOT + "/" + store + "/files/file-b", "");
            assertTrue(vectors.size() < before, before + " points before, " + vectors.size() + " after");
            module.expect(200, "acme", "DELETE", ROOT + "/" + store, "");
            assertEquals(0, vectors.size());
        }
    }
}
