package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.ServedStore.Answer;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The limits that a collection sets to its callers.
class StrictModeHttpTest {
    private static final String POINTS = "/collections/docs/points";

    @TempDir
    Path home;

    private ServedStore store;

    @BeforeEach
    void start() {
        store = new ServedStore(home);
        store.put("/collections/docs", """
                {"vectors":{"":{"size":2,"distance":"Dot"},
                            "multi":{"size":2,"distance":"Dot","multivector_config":{"comparator":"max_sim"}}},
                 "sparse_vectors":{"sparse":{}}}""").result();
        upsert(1, 5).result();
        store.put("/collections/docs/index", "{\"field_name\":\"indexed\",\"field_schema\":\"integer\"}")
                .result();
    }

    @AfterEach
    void stop() {
        store.close();
    }

    @Test
    void limitsCountOnlyWhileTheyAreEnabled() {
        store.patch("/collections/docs", "{\"strict_mode_config\":{\"max_query_limit\":2}}")
                .result();
        query("\"limit\":3").result();
        store.patch("/collections/docs", "{\"strict_mode_config\":{\"enabled\":true}}")
                .result();
        assertEquals(400, query("\"limit\":3").status());
        store.patch("/collections/docs", "{\"strict_mode_config\":{\"enabled\":false}}")
                .result();
        query("\"limit\":3").result();
    }

    @Test
    void limitsSurviveARestart() {
        strict("\"max_query_limit\":2");
        store.close();
        store = new ServedStore(home);
        assertEquals(400, query("\"limit\":3").status());
    }

    @Test
    void noReadAsksForMoreThanTheLimit() {
        strict("\"max_query_limit\":4");
        query("\"limit\":4").result();
        refused(
                query("\"limit\":5"),
                "Limit exceeded 5 > 4 for \"limit\". Help: Reduce the \"limit\" parameter to or below 4.");
        refused(query(""), "Limit exceeded 10 > 4 for \"limit\"");
        refused(query("\"limit\":1,\"prefetch\":{\"query\":[1,0],\"limit\":9}"), "Limit exceeded 9 > 4");
        refused(store.post(POINTS + "/search", "{\"vector\":[1,0],\"limit\":5}"), "Limit exceeded 5 > 4");
        refused(store.post(POINTS + "/scroll", "{\"limit\":5}"), "Limit exceeded 5 > 4");
        refused(
                store.post(
                        POINTS + "/query/groups", "{\"query\":[1,0],\"group_by\":\"n\",\"limit\":2,\"group_size\":3}"),
                "Limit exceeded 6 > 4");
        refused(store.post(POINTS + "/search/matrix/pairs", "{\"sample\":5,\"limit\":2}"), "Limit exceeded 10 > 4");
        store.post(POINTS + "/scroll", "{\"limit\":4}").result();
    }

    @Test
    void noCallWaitsLongerThanTheTimeout() {
        strict("\"max_timeout\":5");
        assertEquals(
                200,
                store.post(POINTS + "/query?timeout=5", "{\"query\":[1,0]}").status());
        refused(store.post(POINTS + "/query?timeout=6", "{\"query\":[1,0]}"), "Limit exceeded 6 > 5 for \"timeout\"");
        refused(store.post(POINTS + "/scroll?timeout=6", "{}"), "Limit exceeded 6 > 5 for \"timeout\"");
        refused(
                store.put(POINTS + "?timeout=6", "{\"points\":[{\"id\":1,\"vector\":[1,2]}]}"),
                "Limit exceeded 6 > 5 for \"timeout\"");
    }

    @Test
    void searchesKeepTheirBreadthAndExactnessInBounds() {
        strict("\"search_max_hnsw_ef\":64,\"search_allow_exact\":false,\"search_max_oversampling\":2.0,"
                + "\"search_max_batchsize\":2");
        query("\"params\":{\"hnsw_ef\":64}").result();
        refused(query("\"params\":{\"hnsw_ef\":65}"), "Limit exceeded 65 > 64 for \"hnsw_ef\"");
        refused(query("\"params\":{\"exact\":true}"), "Exact search disabled!. Help: Set exact=false.");
        refused(store.post(POINTS + "/count", "{}"), "Exact search disabled!");
        store.post(POINTS + "/count", "{\"exact\":false}").result();
        refused(
                query("\"params\":{\"quantization\":{\"oversampling\":2.5}}"),
                "Limit exceeded 2.5 > 2 for \"oversampling\"");
        refused(
                store.post(POINTS + "/query/batch", "{\"searches\":[{\"query\":1},{\"query\":2},{\"query\":3}]}"),
                "Limit exceeded 3 > 2 for \"search batch size\"");
        store.post(POINTS + "/query/batch", "{\"searches\":[{\"query\":1},{\"query\":2}]}")
                .result();
    }

    @Test
    void withoutExactSearchAFieldWithoutAGraphIsForTenantsOnly() {
        store.put("/collections/flat", """
                {"vectors":{"size":2,"distance":"Dot"},"hnsw_config":{"m":0,"payload_m":16},
                 "strict_mode_config":{"enabled":true,"search_allow_exact":false}}""").result();
        store.put(
                        "/collections/flat/index",
                        "{\"field_name\":\"who\",\"field_schema\":{\"type\":\"keyword\",\"is_tenant\":true}}")
                .result();
        refused(
                store.post("/collections/flat/points/query", "{\"query\":[1,0]}"),
                "Request is forbidden because global vector indexing is disabled (hnsw_config.m = 0)");
        store.post(
                        "/collections/flat/points/query",
                        "{\"query\":[1,0],\"filter\":{\"must\":{\"key\":\"who\",\"match\":{\"value\":\"me\"}}}}")
                .result();
    }

    @Test
    void readsFilterByIndexedKeysOnly() {
        strict("\"unindexed_filtering_retrieve\":false");
        query("\"filter\":{\"must\":{\"key\":\"indexed\",\"match\":{\"value\":1}}}")
                .result();
        query("\"filter\":{\"must\":{\"has_id\":[1]}}").result();
        refused(
                query("\"filter\":{\"must\":{\"key\":\"n\",\"match\":{\"value\":1}}}"),
                "Index required but not found for \"n\" of one of the following types: [integer]. Help: Create an index"
                        + " for this key or use a different filter.");
        refused(
                query("\"filter\":{\"should\":[{\"key\":\"indexed\",\"match\":{\"value\":\"x\"}}]}"),
                "Index required but not found for \"indexed\" of one of the following types: [keyword]");
        refused(
                query("\"filter\":{\"must_not\":[{\"must\":[{\"key\":\"x\",\"range\":{\"gt\":1}}]}]}"),
                "Index required but not found for \"x\" of one of the following types: [float, integer]");
        refused(
                query("\"filter\":{\"must\":{\"nested\":{\"key\":\"a\",\"filter\":{\"must\":{\"key\":\"b\","
                        + "\"match\":{\"text\":\"t\"}}}}}}"),
                "Index required but not found for \"a[].b\" of one of the following types: [text]");
        refused(
                query("\"filter\":{\"must\":{\"is_empty\":{\"key\":\"e\"}}}"),
                "Index required but not found for \"e\" of one of the following types: [bool, datetime, float, geo,"
                        + " integer, keyword, text, uuid]");
        refused(
                store.post(
                        POINTS + "/count",
                        "{\"filter\":{\"must\":{\"key\":\"g\",\"geo_radius\":{\"center\":"
                                + "{\"lon\":1,\"lat\":1},\"radius\":1}}}}"),
                "Index required but not found for \"g\" of one of the following types: [geo]");
        refused(
                store.post(POINTS + "/scroll", "{\"filter\":{\"must\":{\"key\":\"n\",\"match\":{\"value\":1}}}}"),
                "Index required but not found for \"n\"");
        refused(
                store.post(POINTS + "/query/groups", "{\"query\":[1,0],\"group_by\":\"n\"}"),
                "Index required but not found for \"n\". Help: Create an index supporting `match` for this key.");
        store.post(POINTS + "/delete", "{\"filter\":{\"must\":{\"key\":\"n\",\"match\":{\"value\":99}}}}")
                .result();
    }

    @Test
    void formulasReadIndexedKeysOnly() {
        strict("\"unindexed_filtering_retrieve\":false");
        String formula = "{\"prefetch\":{\"query\":[1,0]},\"query\":{\"formula\":{\"sum\":[\"$score\",%s]},"
                + "\"defaults\":{\"n\":0,\"indexed\":0}}}";
        store.post(POINTS + "/query", formula.formatted("\"indexed\"")).result();
        refused(
                store.post(POINTS + "/query", formula.formatted("{\"abs\":\"n\"}")),
                "Index required but not found for \"n\" of one of the following types: [float, integer]. Help: Create"
                        + " an index for this key or use a different formula expression.");
        refused(
                store.post(POINTS + "/query", formula.formatted("{\"key\":\"t\",\"match\":{\"value\":true}}")),
                "Index required but not found for \"t\" of one of the following types: [bool]");
    }

    @Test
    void writesFilterByIndexedKeysOnly() {
        strict("\"unindexed_filtering_update\":false");
        query("\"filter\":{\"must\":{\"key\":\"n\",\"match\":{\"value\":1}}}").result();
        String filter = "\"filter\":{\"must\":{\"key\":\"n\",\"match\":{\"value\":1}}}";
        String expected = "Index required but not found for \"n\" of one of the following types: [integer]";
        refused(store.post(POINTS + "/delete", "{" + filter + "}"), expected);
        refused(store.post(POINTS + "/payload", "{\"payload\":{\"a\":1}," + filter + "}"), expected);
        refused(store.put(POINTS + "/payload", "{\"payload\":{\"a\":1}," + filter + "}"), expected);
        refused(store.post(POINTS + "/payload/delete", "{\"keys\":[\"a\"]," + filter + "}"), expected);
        refused(store.post(POINTS + "/payload/clear", "{" + filter + "}"), expected);
        refused(store.post(POINTS + "/vectors/delete", "{\"vector\":[\"sparse\"]," + filter + "}"), expected);
        refused(
                store.post(
                        POINTS + "/batch",
                        "{\"operations\":[{\"delete\":{\"points\":[1]}},{\"delete\":{" + filter + "}}]}"),
                expected);
        assertEquals(5, count());
        store.post(POINTS + "/delete", "{\"filter\":{\"must\":{\"key\":\"indexed\",\"match\":{\"value\":1}}}}")
                .result();
        assertEquals(4, count());
    }

    @Test
    void filtersStayWithinTheirSize() {
        strict("\"filter_max_conditions\":2,\"condition_max_size\":3");
        String one = "{\"key\":\"n\",\"match\":{\"value\":1}}";
        query("\"filter\":{\"must\":[" + one + "," + one + "]}").result();
        refused(
                query("\"filter\":{\"must\":[" + one + "],\"should\":[{\"must\":[" + one + "," + one + "]}]}"),
                "Filter condition limit reached (3 > 2). Help: Reduce the amount of conditions of your filter.");
        refused(
                query("\"filter\":{\"must\":[{\"key\":\"n\",\"match\":{\"any\":[1,2,3,4]}}]}"),
                "Condition size limit reached (4 > 3). Help: Reduce the size of your condition.");
        refused(query("\"filter\":{\"must\":[{\"has_id\":[1,2,3,4]}]}"), "Condition size limit reached (4 > 3)");
    }

    @Test
    void batchesOfWritesStayWithinTheirSize() {
        strict("\"upsert_max_batchsize\":3");
        upsert(10, 3).result();
        refused(upsert(20, 4), "Limit exceeded 4 > 3 for \"upsert limit\"");
        refused(
                store.put(
                        POINTS + "/vectors",
                        "{\"points\":["
                                + IntStream.range(10, 14)
                                        .mapToObj(i -> "{\"id\":" + i + ",\"vector\":[1,2]}")
                                        .collect(Collectors.joining(","))
                                + "]}"),
                "Limit exceeded 4 > 3 for \"update limit\"");
        assertEquals(8, count());
    }

    @Test
    void vectorsStayWithinTheirLength() {
        strict(
                "\"sparse_config\":{\"sparse\":{\"max_length\":2}},\"multivector_config\":{\"multi\":{\"max_vectors\":2}}");
        store.put(
                        POINTS,
                        "{\"points\":[{\"id\":1,\"vector\":{\"sparse\":{\"indices\":[1,2],\"values\":[1,1]},"
                                + "\"multi\":[[1,2],[3,4]]}}]}")
                .result();
        refused(
                store.put(
                        POINTS,
                        "{\"points\":[{\"id\":1,\"vector\":{\"sparse\":{\"indices\":[1,2,3],"
                                + "\"values\":[1,1,1]}}}]}"),
                "Sparse vector 'sparse' has a limit of 2 indices, but 3 were provided!");
        refused(
                store.put(POINTS, "{\"points\":[{\"id\":1,\"vector\":{\"multi\":[[1,2],[3,4],[5,6]]}}]}"),
                "Multivector 'multi' has a limit of 2 vectors, but 3 were provided!");
    }

    @Test
    void aFullCollectionTakesNoMorePoints() {
        strict("\"max_points_count\":7");
        upsert(10, 2).result();
        refused(upsert(20, 1), "Max points count limit of 7 reached!");
        store.post(POINTS + "/delete", "{\"points\":[10]}").result();
        upsert(20, 1).result();
    }

    @Test
    void aCollectionStopsAtItsBytesOfVectorsAndPayload() {
        strict("\"max_collection_vector_size_bytes\":48");
        upsert(10, 1).result();
        refused(upsert(20, 1), "Max vector storage size limit of ");
        store.patch(
                        "/collections/docs",
                        "{\"strict_mode_config\":{\"max_collection_vector_size_bytes\":1000000,"
                                + "\"max_collection_payload_size_bytes\":1000}}")
                .result();
        store.post(POINTS + "/payload", "{\"points\":[1],\"payload\":{\"t\":\"" + "x".repeat(1_000) + "\"}}")
                .result();
        refused(
                store.post(POINTS + "/payload", "{\"points\":[1],\"payload\":{\"t\":1}}"),
                "Max payload storage size limit of ");
        refused(upsert(30, 1), "Max payload storage size limit of ");
        store.post(POINTS + "/payload/clear", "{\"points\":[1]}").result();
        upsert(30, 1).result();
    }

    @Test
    void aCollectionHasSoManyPayloadIndexes() {
        strict("\"max_payload_index_count\":2");
        store.put("/collections/docs/index", "{\"field_name\":\"b\",\"field_schema\":\"keyword\"}")
                .result();
        store.put("/collections/docs/index", "{\"field_name\":\"b\",\"field_schema\":\"keyword\"}")
                .result();
        refused(
                store.put("/collections/docs/index", "{\"field_name\":\"c\",\"field_schema\":\"keyword\"}"),
                "Collection already has the maximum number of payload indices (2). Help: Please delete an existing index"
                        + " before creating a new one.");
    }

    @Test
    void readsBeyondTheirRateAreToldWhenToComeAgain() {
        strict("\"read_rate_limit\":3");
        query("").result();
        store.get(POINTS + "/1").result();
        store.post(POINTS + "/count", "{}").result();
        Answer limited = query("");
        assertEquals(429, limited.status());
        assertTrue(limited.error().startsWith("Rate limiting exceeded: Read rate limit exceeded"), limited.error());
        int seconds = Integer.parseInt(limited.header("Retry-After"));
        assertTrue(seconds >= 1 && seconds <= 21, limited.header("Retry-After"));
        upsert(10, 1).result();
        Answer never = store.post(POINTS, "{\"ids\":[1,2,3,4]}");
        assertEquals(429, never.status());
        assertEquals("", never.header("Retry-After"));
        assertEquals(200, store.get("/collections/docs").status());
    }

    @Test
    void aQueryByIdCostsTheStoredVectorsTheLookAndTheFilter() {
        store.put(POINTS, "{\"points\":[{\"id\":9,\"vector\":{\"multi\":[[1,2],[3,4],[5,6]]}}]}")
                .result();
        String byId = "{\"query\":9,\"using\":\"multi\"}";
        strict("\"read_rate_limit\":4");
        Answer limited = store.post(POINTS + "/query", byId);
        assertEquals(429, limited.status());
        assertTrue(limited.error().contains("request larger than rate limiter capacity"), limited.error());
        strict("\"read_rate_limit\":5");
        store.post(POINTS + "/query", byId).result();
        assertEquals(429, query("").status());
    }

    @Test
    void writesBeyondTheirRateAreToldWhenToComeAgain() {
        strict("\"write_rate_limit\":2");
        upsert(10, 1).result();
        upsert(11, 1).result();
        Answer limited = upsert(12, 1);
        assertEquals(429, limited.status());
        assertTrue(limited.error().startsWith("Rate limiting exceeded: Write rate limit exceeded"), limited.error());
        assertTrue(Integer.parseInt(limited.header("Retry-After")) >= 1);
        query("").result();
        assertEquals(7, count());
    }

    @Test
    void anotherRateIsNewAndTheSameRateGoesOn() {
        strict("\"read_rate_limit\":1");
        query("").result();
        assertEquals(429, query("").status());
        store.patch("/collections/docs", "{\"metadata\":{\"a\":1}}").result();
        assertEquals(429, query("").status());
        store.patch("/collections/docs", "{\"strict_mode_config\":{\"read_rate_limit\":2}}")
                .result();
        query("").result();
    }

    private void strict(String limits) {
        store.patch("/collections/docs", "{\"strict_mode_config\":{\"enabled\":true," + limits + "}}")
                .result();
    }

    private Answer query(String more) {
        return store.post(POINTS + "/query", "{\"query\":[1,0]" + (more.isEmpty() ? "" : "," + more) + "}");
    }

    private Answer upsert(int first, int count) {
        return store.put(
                POINTS,
                IntStream.range(first, first + count)
                        .mapToObj(i -> "{\"id\":" + i + ",\"vector\":[1," + i + "],\"payload\":{\"n\":" + i
                                + ",\"indexed\":" + i + "}}")
                        .collect(Collectors.joining(",", "{\"points\":[", "]}")));
    }

    private int count() {
        return store.get("/collections/docs").result().get("points_count").asInt();
    }

    private static void refused(Answer answer, String message) {
        assertEquals(400, answer.status(), () -> answer.response().body());
        assertTrue(answer.error().startsWith("Bad request: " + message), answer.error());
    }
}
