package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.governance.telemetry.Telemetry.Scrape;
import dev.pagoda.vectors.ServedStore.Answer;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What operators ask: telemetry, metrics, issues, optimizations, quotas and the cluster that is none.
class ServiceHttpTest {
    @TempDir
    Path home;

    private ServedStore store;

    @BeforeEach
    void start() {
        store = new ServedStore(home);
        store.put("/collections/docs", """
                {"vectors":{"a":{"size":2,"distance":"Dot"},"b":{"size":2,"distance":"Dot"}}}""").result();
        store.put("/collections/docs/points", """
                {"points":[{"id":1,"vector":{"a":[1,0]}},{"id":2,"vector":{"a":[0,1],"b":[1,1]}}]}""").result();
    }

    @AfterEach
    void stop() {
        store.close();
    }

    @Test
    void telemetryTellsMoreWithEachLevel() {
        JsonNode least = store.get("/telemetry").result();
        assertFalse(least.get("id").asText().isEmpty());
        assertEquals("qdrant", least.at("/app/name").asText());
        assertEquals("1.19.0", least.at("/app/version").asText());
        assertTrue(least.at("/app/startup").asText().endsWith("Z"));
        assertEquals(1, least.at("/collections/number_of_collections").asInt());
        assertFalse(least.get("collections").has("collections") || least.has("memory"));
        JsonNode summary = store.get("/telemetry?details_level=1").result();
        assertEquals(3, summary.at("/collections/collections/0/vectors").asInt());
        assertTrue(summary.at("/collections/collections/0/params/vectors/a").isObject());
        assertTrue(summary.at("/memory/resident_bytes").asLong() > 0);
        assertFalse(summary.at("/app/features/debug").isMissingNode());
        JsonNode whole = store.get("/telemetry?details_level=10").result().at("/collections/collections/0");
        assertEquals("docs", whole.get("id").asText());
        assertEquals(2, whole.at("/shards/0/local/num_points").asInt());
        assertEquals(1, whole.at("/shards/0/local/num_vectors_by_name/b").asInt());
        assertEquals(16, whole.at("/config/hnsw_config/m").asInt());
    }

    @Test
    void telemetryTellsOfTheSegmentFromLevelFourOn() {
        store.put("/collections/docs/index?wait=true", "{\"field_name\":\"t\",\"field_schema\":\"keyword\"}")
                .result();
        store.post("/collections/docs/points/payload?wait=true", "{\"points\":[1],\"payload\":{\"t\":[\"x\",\"yy\"]}}")
                .result();
        String local = "/collections/collections/0/shards/0/local";
        assertFalse(store.get("/telemetry?details_level=3").result().at(local).has("segments"));
        JsonNode segment = store.get("/telemetry?details_level=4").result().at(local + "/segments/0");
        assertEquals("indexed", segment.at("/info/segment_type").asText());
        assertEquals(2, segment.at("/info/num_points").asInt());
        assertEquals(0, segment.at("/info/num_deferred_points").asInt(-1));
        assertEquals(2, segment.at("/info/vector_data/a/num_indexed_vectors").asInt());
        assertEquals(1, segment.at("/info/vector_data/b/num_vectors").asInt());
        assertTrue(segment.at("/info/payloads_size_bytes").asInt() > 0, segment::toString);
        assertEquals("keyword", segment.at("/info/index_schema/t/data_type").asText());
        assertEquals("hnsw", segment.at("/config/vector_data/a/index/type").asText());
        assertEquals(
                "{\"field_name\":\"t\",\"index_type\":\"keyword\",\"points_values_count\":2,\"points_count\":1}",
                segment.at("/payload_field_indices/0").toString());
        assertEquals(
                segment.at("/info/uuid"),
                store.get("/collections/docs/shards/0/snapshot/partial/manifest")
                        .result()
                        .elements()
                        .next()
                        .get("segment_id"));
    }

    @Test
    void telemetryCountsAnswersByEndpointAndStatus() {
        store.get("/collections/none").error();
        String missing = "/responses/GET ~1collections~1{collection_name}/404/count";
        awaitTrue(() ->
                !store.get("/telemetry").result().at("/requests/rest" + missing).isMissingNode());
        JsonNode rest = store.get("/telemetry").result().at("/requests/rest");
        JsonNode written = rest.at("/responses/PUT ~1collections~1{collection_name}~1points/200");
        assertEquals(1, written.get("count").asInt());
        assertTrue(written.get("avg_duration_micros").asDouble() > 0);
        assertEquals(1, rest.at(missing).asInt());
        assertFalse(rest.has("per_collection_responses"));
        JsonNode own =
                store.get("/telemetry?per_collection=true").result().at("/requests/rest/per_collection_responses/docs");
        assertEquals(
                1,
                own.at("/PUT ~1collections~1{collection_name}~1points/200/count")
                        .asInt());
    }

    @Test
    void telemetryHidesNamesIfAsked() {
        String page = store.get("/telemetry?details_level=10&anonymize=true&per_collection=true")
                .result()
                .toString();
        assertFalse(page.contains("docs"), page);
        assertTrue(store.get("/telemetry?details_level=10").result().toString().contains("docs"));
    }

    @Test
    void tenantsSeeNothingOfEachOther() {
        for (String path : new String[] {"/telemetry?details_level=10&per_collection=true", "/issues", "/aliases"}) {
            Answer foreign = store.send("GET", path, BodyPublishers.noBody(), Map.of("api-key", "globex-key"));
            assertFalse(foreign.result().toString().contains("docs"), path);
        }
        JsonNode cluster = store.send(
                        "GET", "/cluster/telemetry", BodyPublishers.noBody(), Map.of("api-key", "globex-key"))
                .result();
        assertEquals("{}", cluster.get("collections").toString());
    }

    @Test
    void theMetricsPageHasTheNamesOfQdrant() {
        store.post("/collections/docs/points/query", "{\"query\":[1,0],\"using\":\"a\"}")
                .result();
        store.post("/collections/docs/points/query", "{\"query\":[1,0,0],\"using\":\"a\"}")
                .error();
        String last = "rest_responses_total{method=\"POST\",endpoint=\"/collections/{collection_name}/points/query\","
                + "status=\"400\"} 1";
        awaitTrue(() -> store.telemetry.scrape().lines().anyMatch(last::equals));
        String page = store.telemetry.scrape();
        for (String line : new String[] {
            "app_info{name=\"qdrant\",version=\"1.19.0\"} 1",
            "collections_total 1",
            "collections_vector_total 3",
            "collection_points{id=\"docs\"} 2",
            "collection_vectors{id=\"docs\",collection=\"docs\",vector=\"b\"} 1",
            "collection_running_optimizations{id=\"docs\"} 0",
            "cluster_enabled 0",
            "rest_responses_total{method=\"PUT\",endpoint=\"/collections/{collection_name}/points\",status=\"200\"} 1",
            "rest_responses_fail_total{method=\"POST\",endpoint=\"/collections/{collection_name}/points/query\","
                    + "status=\"400\"} 1",
            "rest_responses_duration_seconds_count{method=\"POST\","
                    + "endpoint=\"/collections/{collection_name}/points/query\",status=\"200\"} 1",
            "rest_responses_duration_seconds_bucket{method=\"POST\","
                    + "endpoint=\"/collections/{collection_name}/points/query\",status=\"200\",le=\"+Inf\"} 1",
        }) {
            assertTrue(page.lines().anyMatch(line::equals), () -> line + " is not in\n" + page);
        }
        for (String name : new String[] {
            "rest_responses_avg_duration_seconds{",
            "rest_responses_min_duration_seconds{",
            "rest_responses_max_duration_seconds{",
            "memory_resident_bytes ",
            "memory_active_bytes "
        }) {
            assertTrue(page.lines().anyMatch(line -> line.startsWith(name)), name);
        }
        assertFalse(page.lines().anyMatch(line -> line.startsWith("rest_") && line.contains("collection=")), page);
    }

    @Test
    void metricsTellRequestsApartByCollectionOnlyIfAsked() {
        String line = "rest_responses_total{method=\"PUT\",endpoint=\"/collections/{collection_name}/points\","
                + "status=\"200\",collection=\"docs\"} 1";
        awaitTrue(() -> store.telemetry.scrape(new Scrape(true, false)).lines().anyMatch(line::equals));
        String hidden = store.telemetry.scrape(new Scrape(true, true));
        assertFalse(
                hidden.lines().filter(each -> !each.startsWith("pagoda")).anyMatch(each -> each.contains("\"docs\"")),
                hidden);
    }

    @Test
    void metricsNameTheTenantOnceThereAreTwo() {
        store.send(
                        "PUT",
                        "/collections/docs",
                        BodyPublishers.ofString("{\"vectors\":{}}"),
                        Map.of("api-key", "globex-key"))
                .result();
        String page = store.telemetry.scrape();
        assertTrue(page.lines().anyMatch("collection_points{id=\"docs\",tenant=\"acme\"} 2"::equals), page);
        assertTrue(page.lines().anyMatch("collection_points{id=\"docs\",tenant=\"globex\"} 0"::equals), page);
    }

    @Test
    void thereAreNoIssuesWithFastQueries() {
        assertEquals("{\"issues\":[]}", store.get("/issues").result().toString());
        assertTrue(store.delete("/issues").result().asBoolean());
    }

    @Test
    void optimizationsTellWhatIsAndWasBuiltAnew() throws Exception {
        JsonNode idle = store.get("/collections/docs/optimizations").result();
        assertEquals(
                "{\"queued_optimizations\":0,\"queued_segments\":0,\"queued_points\":0,\"idle_segments\":1}",
                idle.get("summary").toString());
        assertEquals("[]", idle.get("running").toString());
        assertEquals(2, idle.size());
        store.patch("/collections/docs", "{\"hnsw_config\":{\"m\":8}}").result();
        JsonNode done;
        long deadline = System.nanoTime() + 60_000_000_000L;
        do {
            done = store.get("/collections/docs/optimizations?with=queued,completed,idle_segments")
                    .result();
        } while (done.get("completed").isEmpty() && System.nanoTime() < deadline);
        assertEquals("done", done.at("/completed/0/status").asText());
        assertEquals(2, done.at("/completed/0/segments/0/points_count").asInt());
        assertTrue(done.at("/completed/0/progress/duration_sec").asDouble() >= 0);
        assertTrue(done.get("queued").isArray() && done.get("idle_segments").isArray());
        assertEquals(
                "green", store.get("/collections/docs").result().get("status").asText());
        assertEquals(400, store.get("/collections/docs/optimizations?with=all").status());
        assertEquals(404, store.get("/collections/none/optimizations").status());
    }

    @Test
    void quotasAreSetByAnAdministratorAndKept() {
        assertEquals(
                "{\"enabled\":false}",
                store.get("/quotas").result().get("config").toString());
        assertTrue(store.get("/quotas")
                .result()
                .at("/usage/resident_memory_percent")
                .isInt());
        assertTrue(store.get("/quotas").result().at("/usage/disk_usage_percent").isInt());
        String quota = "{\"enabled\":true,\"max_disk_usage_percent\":100,\"release_margin_percent\":0}";
        Answer member = store.put("/quotas", quota);
        assertEquals(403, member.status());
        assertTrue(member.error().startsWith("Forbidden: "), member.error());
        assertTrue(admin(quota).result().asBoolean());
        store.close();
        store = new ServedStore(home);
        assertEquals(quota, store.get("/quotas").result().get("config").toString());
        assertEquals(422, admin("{\"max_disk_usage_percent\":0}").status());
        assertEquals(422, admin("{\"max_resident_memory_percent\":101}").status());
        assertEquals(400, admin("{\"enabled\":1}").status());
    }

    @Test
    void overQuotaOnlyWhatGivesRoomBackIsDone() {
        admin("{\"enabled\":true,\"max_disk_usage_percent\":1,\"release_margin_percent\":0}")
                .result();
        assertEquals(1, store.get("/telemetry").result().at("/quota/exceeded").size());
        Answer refused = store.put("/collections/docs/points", "{\"points\":[{\"id\":3,\"vector\":{\"a\":[1,0]}}]}");
        assertEquals(507, refused.status());
        assertTrue(refused.error().startsWith("Insufficient storage: "), refused.error());
        store.post("/collections/docs/points/delete", "{\"points\":[1]}").result();
        assertEquals(
                1, store.get("/collections/docs").result().get("points_count").asInt());
        admin("{\"enabled\":false}").result();
        store.put("/collections/docs/points", "{\"points\":[{\"id\":3,\"vector\":{\"a\":[1,0]}}]}")
                .result();
    }

    @Test
    void theClusterIsASingleNode() {
        assertEquals("{\"status\":\"disabled\"}", store.get("/cluster").result().toString());
        JsonNode cluster = store.get("/collections/docs/cluster").result();
        assertTrue(cluster.get("peer_id").asLong() > 0);
        assertEquals(1, cluster.get("shard_count").asInt());
        assertEquals(
                "[{\"shard_id\":0,\"points_count\":2,\"state\":\"Active\"}]",
                cluster.get("local_shards").toString());
        assertEquals("[]", cluster.get("remote_shards").toString());
        assertEquals("[]", cluster.get("shard_transfers").toString());
        assertEquals(
                "{\"shard_keys\":[]}",
                store.get("/collections/docs/shards").result().toString());
        JsonNode telemetry = store.get("/cluster/telemetry?details_level=2").result();
        assertFalse(telemetry.at("/cluster/enabled").asBoolean());
        assertEquals(
                2,
                telemetry.at("/collections/docs/shards/0/replicas/0/num_points").asInt());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST | /cluster/recover | | 405",
                "DELETE | /cluster/peer/1 | | 405",
                "DELETE | /cluster/peer/18446744073709551615?force=true | | 405",
                "POST | /collections/docs/cluster | {\"move_shard\":{\"shard_id\":0,\"from_peer_id\":1,\"to_peer_id\":2}} | 405",
                "POST | /collections/docs/cluster | { | 400",
                "PUT | /collections/docs/shards | {\"shard_key\":\"a\"} | 400",
                "PUT | /collections/docs/shards | {} | 400",
                "POST | /collections/docs/shards/delete | {\"shard_key\":7} | 400",
                "GET | /collections/none/cluster | | 404",
                "GET | /collections/none/shards | | 404",
                "PUT | /collections/none/shards | {\"shard_key\":\"a\"} | 404",
            })
    void whatOnlyAClusterCanDoIsRefused(String method, String path, String body, int status) {
        Answer refused = store.send(method, path, body == null ? "" : body);
        assertEquals(status, refused.status(), refused.error());
        if (status == 405) {
            assertEquals("Qdrant is running in standalone mode", refused.error());
        }
    }

    /// An answer is counted once it is on its way, which the client may see first.
    private static void awaitTrue(BooleanSupplier condition) {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "it does not come");
        }
    }

    private Answer admin(String quota) {
        return store.send("PUT", "/quotas?wait=true", BodyPublishers.ofString(quota), Map.of("api-key", "admin-key"));
    }
}
