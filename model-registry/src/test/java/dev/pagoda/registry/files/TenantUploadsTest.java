package dev.pagoda.registry.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
import dev.pagoda.registry.files.TenantUploads.Announced;
import dev.pagoda.registry.files.TenantUploads.Completed;
import dev.pagoda.registry.files.TenantUploads.Status;
import dev.pagoda.registry.files.TenantUploads.Upload;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TenantUploadsTest {
    /// Of `1234567890`, by md5sum.
    private static final String MD5 = "e807f1fcf82d132f9bb018ca6738a19f";

    private final Call acme = call("acme");
    private final Vertx vertx = Vertx.vertx();
    private final Store store = Store.open(vertx, StoreConfig.defaults(), Optional.empty());
    private Instant now = Instant.ofEpochSecond(1_790_000_000);

    @TempDir
    Path folder;

    private TenantFiles files;
    private TenantUploads uploads;

    @BeforeEach
    void open() {
        store.migrate("registry");
        files = new TenantFiles(vertx, store, () -> now, Optional.of(folder));
        await(files.start());
        uploads = files.uploads();
    }

    @AfterEach
    void close() {
        await(files.stop());
        store.close();
        await(vertx.close());
    }

    @Test
    void makesOneFileOfPartsInTheOrderAskedFor() throws IOException {
        Upload upload = create(10);
        String second = add(upload, "67890");
        String first = add(upload, "12345");
        add(upload, "left out");

        Completed done = await(uploads.complete(upload.id(), List.of(first, second), Optional.of(MD5), acme));

        assertEquals(Status.COMPLETED, done.upload().status());
        assertEquals(10, done.file().bytes());
        assertArrayEquals(
                "1234567890".getBytes(StandardCharsets.UTF_8),
                await(files.read(done.file().id(), acme)).content());
        assertEquals(List.of(done.file().id()), blobs());
        assertTrue(refused(uploads.addPart(upload.id(), new byte[1], acme)).contains("completed"));
        assertTrue(refused(uploads.cancel(upload.id(), acme)).contains("completed"));
    }

    @Test
    void refusesWhatDoesNotFitTogetherAndGoesOn() throws IOException {
        Upload upload = create(10);
        String part = add(upload, "12345");
        String other = add(upload, "67890");
        String strange = add(create(5), "12345");

        assertTrue(refused(complete(upload, List.of(part), Optional.empty())).contains("5 bytes"));
        assertTrue(
                refused(complete(upload, List.of(part, part), Optional.empty())).contains("twice"));
        assertTrue(refused(complete(upload, List.of(part, strange), Optional.empty()))
                .contains("no part"));
        assertTrue(refused(complete(upload, List.of(other, part), Optional.of(MD5)))
                .contains("MD5"));
        assertEquals(3, blobs().size());
        await(complete(upload, List.of(part, other), Optional.of(MD5)));
    }

    @Test
    void cancelsAndForgetsWhatTakesTooLong() throws IOException {
        Upload upload = create(5);
        add(upload, "12345");
        assertEquals(Status.CANCELLED, await(uploads.cancel(upload.id(), acme)).status());
        assertTrue(blobs().isEmpty());

        Upload late = create(5);
        String part = add(late, "12345");
        now = now.plus(Duration.ofHours(1)).plusSeconds(1);
        assertTrue(refused(complete(late, List.of(part), Optional.empty())).contains("expired"));
        create(1);
        assertTrue(blobs().isEmpty());
    }

    @Test
    void isOfOneTenantAlone() {
        Upload upload = create(5);
        CompletionException strange =
                assertThrows(CompletionException.class, () -> await(uploads.cancel(upload.id(), call("rival"))));
        assertEquals(
                Reason.NOT_FOUND,
                assertInstanceOf(Refused.class, strange.getCause()).refusal().reason());
    }

    @Test
    void keepsPartsOverARestart() {
        Upload upload = create(5);
        String part = add(upload, "12345");
        await(files.stop());
        await(files.start());

        assertEquals(
                5,
                await(complete(upload, List.of(part), Optional.empty())).file().bytes());
    }

    private Upload create(long bytes) {
        return await(uploads.create(new Announced("a.txt", "assistants", bytes, 0), acme));
    }

    private String add(Upload upload, String content) {
        return await(uploads.addPart(upload.id(), content.getBytes(StandardCharsets.UTF_8), acme))
                .id();
    }

    private Future<Completed> complete(Upload upload, List<String> parts, Optional<String> md5) {
        return uploads.complete(upload.id(), parts, md5, acme);
    }

    private static String refused(Future<?> future) {
        CompletionException failure = assertThrows(CompletionException.class, () -> await(future));
        Refused refused = assertInstanceOf(Refused.class, failure.getCause());
        assertEquals(Reason.INVALID, refused.refusal().reason());
        return refused.refusal().message();
    }

    private List<String> blobs() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(path -> path.getFileName().toString()).toList();
        }
    }

    private static Call call(String tenant) {
        return Call.within(
                new Principal(tenant, "team", "project", "key", Principal.Role.MEMBER), "trace", Duration.ofMinutes(1));
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
