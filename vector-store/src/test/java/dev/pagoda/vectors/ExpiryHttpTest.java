package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Points that expire, over HTTP.
class ExpiryHttpTest {
    private static final String PAST = "\"2020-02-29T23:59:59Z\"";
    private static final String FUTURE = "\"2999-01-01T00:00:00+02:00\"";

    @TempDir
    Path home;

    private ServedStore store;

    @BeforeEach
    void start() {
        store = new ServedStore(home);
    }

    @AfterEach
    void stop() {
        store.close();
    }

    private void create(String metadata) {
        store.put("/collections/docs", """
                {"vectors":{"size":2,"distance":"Dot"},"metadata":%s}""".formatted(metadata)).result();
    }

    private void upsert(int id, String expiry) {
        store.put("/collections/docs/points?wait=true", """
                {"points":[{"id":%d,"vector":[1,%d],"payload":{"expires_at":%s}}]}""".formatted(id, id, expiry))
                .result();
    }

    private int count() {
        return store.post("/collections/docs/points/count", "{\"exact\":true}")
                .result()
                .get("count")
                .asInt();
    }

    @Test
    void pointsWhoseTimeIsOverAreGone() {
        create("{\"pagoda.ttl_key\":\"expires_at\",\"team\":\"a\"}");
        upsert(1, PAST);
        upsert(2, FUTURE);
        upsert(3, String.valueOf(Instant.now().getEpochSecond() - 1));
        upsert(4, String.valueOf(Instant.now().getEpochSecond() + 3_600));
        upsert(5, "\"when the cows come home\"");
        assertEquals(3, count());
        assertEquals(404, store.get("/collections/docs/points/1").status());
        assertEquals(200, store.get("/collections/docs/points/2").status());
        String found = store.post("/collections/docs/points/query", "{\"query\":[0,1],\"limit\":9}")
                .result()
                .get("points")
                .findValuesAsText("id")
                .toString();
        assertEquals("[5, 4, 2]", found);
        assertEquals(
                404,
                store.post("/collections/docs/points/query", "{\"query\":3}").status());
        assertEquals(
                "a",
                store.get("/collections/docs")
                        .result()
                        .at("/config/metadata/team")
                        .asText());
    }

    @Test
    void anotherPayloadMovesTheTime() {
        create("{\"pagoda.ttl_key\":\"expires_at\"}");
        upsert(1, FUTURE);
        upsert(2, FUTURE);
        store.post("/collections/docs/points/payload?wait=true", """
                {"points":[1],"payload":{"expires_at":1}}""").result();
        assertEquals(1, count());
        String late = store.post("/collections/docs/points/payload?wait=true", """
                {"points":[1],"payload":{"expires_at":%s}}""".formatted(FUTURE))
                .error();
        assertTrue(late.contains("No point with id 1 found"), late);
        upsert(1, FUTURE);
        assertEquals(2, count());
    }

    @Test
    void theKeyComesAndGoesWithAPatch() {
        create("{}");
        upsert(1, PAST);
        upsert(2, FUTURE);
        assertEquals(2, count());
        store.patch("/collections/docs", "{\"metadata\":{\"pagoda.ttl_key\":\"other\"}}")
                .result();
        assertEquals(2, count());
        store.patch("/collections/docs", "{\"metadata\":{\"pagoda.ttl_key\":\"expires_at\"}}")
                .result();
        assertEquals(1, count());
        store.patch("/collections/docs", "{\"metadata\":{\"pagoda.ttl_key\":null}}")
                .result();
        upsert(3, PAST);
        assertTrue(count() >= 2);
        assertEquals(200, store.get("/collections/docs/points/3").status());
    }

    @Test
    void whatHasExpiredIsDeletedForGood() throws InterruptedException {
        create("{\"pagoda.ttl_key\":\"expires_at\"}");
        upsert(1, PAST);
        upsert(2, FUTURE);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        int left = 2;
        while (left > 1 && System.nanoTime() < deadline) {
            store.patch("/collections/docs", "{\"metadata\":{\"pagoda.ttl_key\":null}}")
                    .result();
            left = count();
            store.patch("/collections/docs", "{\"metadata\":{\"pagoda.ttl_key\":\"expires_at\"}}")
                    .result();
        }
        assertEquals(1, left);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"pagoda.ttl_key\":5} | metadata.pagoda.ttl_key: value 5 invalid, must be the key of a payload",
                "{\"pagoda.ttl_key\":\"\"} | metadata.pagoda.ttl_key: value  invalid, must be the key of a payload",
                "{\"pagoda.ttl_key\":\"a..b\"} | metadata.pagoda.ttl_key: value a..b invalid",
                "{\"pagoda.ttl\":\"a\"} | of the keys with the prefix `pagoda.` there is only `pagoda.ttl_key`"
            })
    void aKeyThatIsNoneIsRefused(String metadata, String told) {
        var made = store.put("/collections/docs", """
                {"vectors":{"size":2,"distance":"Dot"},"metadata":%s}""".formatted(metadata));
        assertEquals(422, made.status());
        assertTrue(made.error().contains(told), made.error());
        create("{\"pagoda.ttl_key\":\"expires_at\"}");
        var patched = store.patch("/collections/docs", "{\"metadata\":%s}".formatted(metadata));
        assertEquals(422, patched.status());
        assertTrue(patched.error().contains(told), patched.error());
    }
}
