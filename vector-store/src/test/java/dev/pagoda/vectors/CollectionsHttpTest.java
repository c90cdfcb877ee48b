package dev.pagoda.vectors;

import static dev.pagoda.vectors.ServedStore.JSON;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.vectors.ServedStore.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Collections as clients make, describe, change and drop them.
class CollectionsHttpTest {
    private static final String PLAIN = "{\"vectors\":{\"size\":4,\"distance\":\"Dot\"}}";

    @TempDir
    static Path home;

    /// One for all tests, which leave no collection behind.
    private static ServedStore store;

    @BeforeAll
    static void start() {
        store = new ServedStore(home);
    }

    @AfterEach
    void dropAll() {
        for (JsonNode each : store.get("/collections").result().get("collections")) {
            String name = URLEncoder.encode(each.get("name").asText(), StandardCharsets.UTF_8)
                    .replace("+", "%20");
            store.delete("/collections/" + name).result();
        }
    }

    @AfterAll
    static void stop() {
        store.close();
    }

    @Test
    void aNewCollectionTellsTheDefaultsOfQdrant() throws Exception {
        assertTrue(store.put("/collections/docs", PLAIN).result().asBoolean());
        JsonNode info = store.get("/collections/docs").result();
        assertEquals(JSON.readTree("""
                {"params":{"vectors":{"size":4,"distance":"Dot"},"shard_number":1,"replication_factor":1,
                           "write_consistency_factor":1,"on_disk_payload":true},
                 "hnsw_config":{"m":16,"ef_construct":100,"full_scan_threshold":10000,"max_indexing_threads":0,
                                "on_disk":false},
                 "optimizer_config":{"deleted_threshold":0.2,"vacuum_min_vector_number":1000,
                                     "default_segment_number":0,"max_segment_size":null,"memmap_threshold":null,
                                     "indexing_threshold":10000,"flush_interval_sec":5,
                                     "max_optimization_threads":null,"prevent_unoptimized":null},
                 "wal_config":{"wal_capacity_mb":32,"wal_segments_ahead":0,"wal_retain_closed":1},
                 "quantization_config":null}"""), info.get("config"));
        assertEquals("green", info.get("status").asText());
        assertEquals("ok", info.get("optimizer_status").asText());
        assertEquals(0, info.get("points_count").asInt());
        assertEquals(0, info.get("indexed_vectors_count").asInt());
        assertEquals(1, info.get("segments_count").asInt());
        assertEquals("{}", info.get("payload_schema").toString());
        assertEquals("{\"length\":0}", info.get("update_queue").toString());
    }

    @Test
    void whatTheCreatorSaidIsToldAgain() throws Exception {
        store.put("/collections/docs", """
                {"vectors":{"size":4,"distance":"Dot"},"shard_number":2,"sharding_method":"auto","replication_factor":3,
                 "write_consistency_factor":2,"on_disk_payload":false,"payload":{"memory":"cached"},
                 "hnsw_config":{"m":8,"payload_m":4,"inline_storage":true,"memory":"pinned"},
                 "optimizers_config":{"indexing_threshold":0,"max_optimization_threads":"auto","max_segment_size":7},
                 "wal_config":{"wal_capacity_mb":1},
                 "strict_mode_config":{"enabled":false,"max_query_limit":5},
                 "metadata":{"made":{"by":"me"},"n":[1,2.5,null]}}""").result();
        JsonNode config = store.get("/collections/docs").result().get("config");
        assertEquals(JSON.readTree("""
                {"vectors":{"size":4,"distance":"Dot"},"shard_number":2,"sharding_method":"auto",
                 "replication_factor":3,"write_consistency_factor":2,"on_disk_payload":false,
                 "payload":{"memory":"cached"}}"""), config.get("params"));
        assertEquals(8, config.at("/hnsw_config/m").asInt());
        assertEquals(4, config.at("/hnsw_config/payload_m").asInt());
        assertEquals("pinned", config.at("/hnsw_config/memory").asText());
        assertTrue(config.at("/hnsw_config/inline_storage").asBoolean());
        assertEquals(0, config.at("/optimizer_config/indexing_threshold").asInt());
        assertEquals(7, config.at("/optimizer_config/max_segment_size").asInt());
        assertTrue(config.at("/optimizer_config/max_optimization_threads").isNull());
        assertEquals(1, config.at("/wal_config/wal_capacity_mb").asInt());
        assertEquals(JSON.readTree("{\"enabled\":false,\"max_query_limit\":5}"), config.get("strict_mode_config"));
        assertEquals(JSON.readTree("{\"made\":{\"by\":\"me\"},\"n\":[1,2.5,null]}"), config.get("metadata"));
    }

    @Test
    void settingsUnderTheirOlderNamesCount() {
        store.put("/collections/docs", """
                {"vectors":{"size":4,"distance":"Dot"},"optimizer_config":{"flush_interval_sec":9},
                 "quantization":{"scalar":{"type":"int8"}}}""").result();
        JsonNode config = store.get("/collections/docs").result().get("config");
        assertEquals(9, config.at("/optimizer_config/flush_interval_sec").asInt());
        assertEquals("int8", config.at("/quantization_config/scalar/type").asText());
    }

    @Test
    void aPatchIsPutOverWhatWasThere() throws Exception {
        store.put("/collections/docs", """
                {"vectors":{"size":4,"distance":"Dot"},"hnsw_config":{"m":8,"max_indexing_threads":2},
                 "optimizers_config":{"indexing_threshold":5},"quantization_config":{"scalar":{"type":"int8"}},
                 "strict_mode_config":{"enabled":true,"max_query_limit":5},"metadata":{"a":1,"b":{"c":1}}}""").result();
        assertTrue(store.patch("/collections/docs", """
                {"hnsw_config":{"ef_construct":123},"optimizers_config":{"flush_interval_sec":1},
                 "params":{"replication_factor":2,"read_fan_out_factor":3,"on_disk_payload":false},
                 "strict_mode_config":{"max_timeout":7},"metadata":{"a":null,"b":{"d":2},"e":3}}""").result().asBoolean());
        JsonNode config = store.get("/collections/docs").result().get("config");
        assertEquals(8, config.at("/hnsw_config/m").asInt());
        assertEquals(2, config.at("/hnsw_config/max_indexing_threads").asInt());
        assertEquals(123, config.at("/hnsw_config/ef_construct").asInt());
        assertEquals(5, config.at("/optimizer_config/indexing_threshold").asInt());
        assertEquals(1, config.at("/optimizer_config/flush_interval_sec").asInt());
        assertEquals(2, config.at("/params/replication_factor").asInt());
        assertEquals(3, config.at("/params/read_fan_out_factor").asInt());
        assertFalse(config.at("/params/on_disk_payload").asBoolean());
        assertEquals("int8", config.at("/quantization_config/scalar/type").asText());
        assertEquals(
                JSON.readTree("{\"enabled\":true,\"max_query_limit\":5,\"max_timeout\":7}"),
                config.get("strict_mode_config"));
        assertEquals(JSON.readTree("{\"b\":{\"d\":2},\"e\":3}"), config.get("metadata"));
        store.patch("/collections/docs", "{\"quantization_config\":\"Disabled\"}")
                .result();
        assertTrue(store.get("/collections/docs")
                .result()
                .at("/config/quantization_config")
                .isNull());
    }

    @Test
    void aPatchOfNothingChangesNothing() {
        store.put("/collections/docs", PLAIN).result();
        JsonNode before = store.get("/collections/docs").result().get("config");
        store.patch("/collections/docs", "{}").result();
        store.patch("/collections/docs", "{\"hnsw_config\":null,\"metadata\":null,\"params\":{}}")
                .result();
        assertEquals(before, store.get("/collections/docs").result().get("config"));
        assertEquals(404, store.patch("/collections/none", "{}").status());
    }

    @Test
    void settingsSurviveARestart() {
        store.put("/collections/docs", """
                {"vectors":{"size":4,"distance":"Dot"},"metadata":{"a":1},"strict_mode_config":{"enabled":true}}""").result();
        store.patch("/collections/docs", "{\"metadata\":{\"b\":2}}").result();
        JsonNode before = store.get("/collections/docs").result().get("config");
        store.close();
        store = new ServedStore(home);
        assertEquals(before, store.get("/collections/docs").result().get("config"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"shard_number\":0} | 422 | [shard_number: value 0 invalid, must be 1 or larger]",
                "{\"replication_factor\":0} | 422 | [replication_factor: value 0 invalid, must be 1 or larger]",
                "{\"write_consistency_factor\":0} | 422 | [write_consistency_factor: value 0 invalid, must be 1 or larger]",
                "{\"replication_factor\":-1} | 400 | replication_factor",
                "{\"shard_number\":\"one\"} | 400 | shard_number",
                "{\"sharding_method\":\"random\"} | 400 | unknown variant `random`",
                "{\"on_disk_payload\":1} | 400 | on_disk_payload",
                "{\"payload\":{\"memory\":\"pinned\"}} | 422 | payload.memory",
                "{\"payload\":{\"memory\":\"warm\"}} | 400 | unknown variant `warm`",
                "{\"hnsw_config\":{\"ef_construct\":3}} | 422 | hnsw_config.ef_construct: value 3 invalid, must be 4 or larger",
                "{\"hnsw_config\":{\"full_scan_threshold\":9}} | 422 | must be 10 or larger",
                "{\"hnsw_config\":{\"m\":-1}} | 400 | m",
                "{\"hnsw_config\":[]} | 400 | expected an object for hnsw_config",
                "{\"optimizers_config\":{\"deleted_threshold\":1.5}} | 422 | must be from 0.0 to 1.0",
                "{\"optimizers_config\":{\"vacuum_min_vector_number\":99}} | 422 | must be 100 or larger",
                "{\"optimizers_config\":{\"max_segment_size\":0}} | 422 | must be 1 or larger",
                "{\"optimizers_config\":{\"max_optimization_threads\":\"many\"}} | 400 | max_optimization_threads",
                "{\"wal_config\":{\"wal_capacity_mb\":0}} | 422 | wal_config.wal_capacity_mb",
                "{\"strict_mode_config\":{\"max_query_limit\":0}} | 422 | strict_mode_config.max_query_limit",
                "{\"strict_mode_config\":{\"read_rate_limit\":0}} | 422 | must be 1 or larger",
                "{\"strict_mode_config\":{\"max_points_count\":-4}} | 400 | max_points_count",
                "{\"strict_mode_config\":{\"enabled\":\"yes\"}} | 400 | expected a boolean for enabled",
                "{\"strict_mode_config\":{\"sparse_config\":{\"s\":{\"max_length\":0}}}} | 422 | max_length",
                "{\"metadata\":[1]} | 400 | expected an object for metadata",
                "[] | 400 | expected an object",
                "{ | 400 | line 1",
            })
    void settingsOutOfRangeAreRefused(String body, int status, String message) {
        String prefix = status == 422 ? "Validation error in JSON body: " : "Format error in JSON body: ";
        String create = body.equals("{}") ? PLAIN : body.replaceFirst("^\\{", "{\"vectors\":{},");
        Answer created = store.put("/collections/docs", body.length() < 3 ? body : create);
        assertEquals(status, created.status(), created.error());
        assertTrue(created.error().startsWith(prefix) && created.error().contains(message), created.error());
        store.put("/collections/other", PLAIN).result();
        JsonNode before = store.get("/collections/other").result();
        if (!body.contains("shard") && !body.contains("factor") && !body.contains("payload") && !body.contains("wal")) {
            Answer patched = store.patch("/collections/other", body);
            assertEquals(status, patched.status(), patched.error());
        }
        assertEquals(before, store.get("/collections/other").result());
        assertEquals(1, store.get("/collections").result().get("collections").size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a%3Cb", "a%3Eb", "a%3Ab", "a%22b", "a%2Fb", "a%5Cb", "a%7Cb", "a%3Fb", "a*b", "a%00b", "a%1Fb"})
    void aNameThatNoDiskTakesIsRefused(String name) {
        Answer refused = store.put("/collections/" + name, PLAIN);
        assertEquals(422, refused.status(), refused.error());
        assertTrue(
                refused.error().startsWith("Validation error in path parameters: [collection_name: "), refused.error());
    }

    @Test
    void aNameHasAtMost255Characters() {
        assertTrue(store.put("/collections/" + "x".repeat(255), PLAIN).result().asBoolean());
        assertTrue(store.get("/collections/" + "x".repeat(255) + "/exists")
                .result()
                .get("exists")
                .asBoolean());
        assertEquals(422, store.put("/collections/" + "x".repeat(256), PLAIN).status());
        assertEquals(422, store.get("/collections/" + "x".repeat(256)).status());
    }

    @Test
    void aNameMayHoldAnyOtherText() {
        for (String name : new String[] {"%C3%A9t%C3%A9", "a%20b", "a%25b", "a%23b", "..%20x", "%E6%96%87"}) {
            assertTrue(store.put("/collections/" + name, PLAIN).result().asBoolean(), name);
            assertEquals(
                    0,
                    store.get("/collections/" + name)
                            .result()
                            .get("points_count")
                            .asInt());
            assertTrue(store.delete("/collections/" + name).result().asBoolean(), name);
        }
    }

    @Test
    void aTakenNameIsRefusedAndWhatIsThereStays() {
        store.put("/collections/docs", PLAIN).result();
        Answer again = store.put("/collections/docs", "{\"vectors\":{\"size\":9,\"distance\":\"Cosine\"}}");
        assertEquals(409, again.status());
        assertEquals("Wrong input: Collection `docs` already exists!", again.error());
        assertEquals(
                4,
                store.get("/collections/docs")
                        .result()
                        .at("/config/params/vectors/size")
                        .asInt());
    }

    @Test
    void droppingTwiceAnswersFalseTheSecondTime() {
        store.put("/collections/docs", PLAIN).result();
        assertTrue(store.delete("/collections/docs?timeout=5").result().asBoolean());
        Answer second = store.delete("/collections/docs");
        assertEquals(200, second.status());
        assertFalse(second.result().asBoolean());
        assertEquals(
                "Not found: Collection `docs` doesn't exist!",
                store.get("/collections/docs").error());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET | /collections/docs?timeout=0 | 422 | Validation error in query parameters: [timeout: value 0 invalid, must be 1 or larger]",
                "PUT | /collections/docs?timeout=0 | 422 | Validation error in query parameters: ",
                "PATCH | /collections/docs?timeout=-1 | 400 | Deserialize error in query parameters: ",
                "DELETE | /collections/docs?timeout=soon | 400 | Deserialize error in query parameters: ",
                "PUT | /collections/docs/points?wait=1 | 400 | Deserialize error in query parameters: ",
                "PUT | /collections/docs/points?ordering=strange | 400 | Deserialize error in query parameters: ",
                "POST | /collections/docs/points/scroll?consistency=some | 400 | Deserialize error in query parameters: ",
                "POST | /collections/docs/points/scroll?consistency=0 | 422 | Validation error in query parameters: ",
                "GET | /telemetry?details_level=high | 400 | Deserialize error in query parameters: ",
                "GET | /telemetry?anonymize=2 | 400 | Deserialize error in query parameters: ",
                "DELETE | /cluster/peer/x | 400 | Deserialize error in path parameters: ",
            })
    void queryParametersOfTheWrongTypeAreRefused(String method, String path, int status, String prefix) {
        store.put("/collections/docs", PLAIN).result();
        Answer refused = store.send(method, path, "{}");
        assertEquals(status, refused.status(), refused.error());
        assertTrue(refused.error().startsWith(prefix), refused.error());
        assertEquals(1, store.get("/collections").result().get("collections").size());
    }

    @Test
    void queryParametersThatMeanNothingHereAreTaken() {
        store.put("/collections/docs?timeout=10", PLAIN).result();
        store.put(
                        "/collections/docs/points?wait=true&ordering=strong&timeout=3&other=1",
                        "{\"points\":[{\"id\":1,\"vector\":[1,2,3,4]}]}")
                .result();
        for (String consistency : new String[] {"majority", "quorum", "all", "2"}) {
            assertEquals(
                    1,
                    store.post("/collections/docs/points/scroll?consistency=" + consistency, "{}")
                            .result()
                            .get("points")
                            .size());
        }
    }
}
