package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Vector fields of every kind as a client of Qdrant sees them.
class VectorFieldsHttpTest {
    private static final String POINTS = "/collections/docs/points";

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

    @Test
    void multivectorsAreStoredScoredAndRestored() {
        ok("PUT", "/collections/docs", """
                {"vectors":{"size":2,"distance":"Dot","multivector_config":{"comparator":"max_sim"}}}""");
        ok("PUT", POINTS + "?wait=true", """
                {"points":[{"id":1,"vector":[[1,0],[0,1]]},{"id":2,"vector":[[2,0]]},{"id":3,"vector":[3,3]},
                           {"id":4,"vector":{}}]}""");
        String query = "{\"query\":[[1,0],[0,1]],\"with_vector\":true}";
        String expected = "[[3,6.0,[[3.0,3.0]]],[1,2.0,[[1.0,0.0],[0.0,1.0]]],[2,2.0,[[2.0,0.0]]]]";
        assertEquals(expected, hits(ok("POST", POINTS + "/query", query).get("points")));
        String single = "{\"query\":[0,1],\"with_vector\":false,\"filter\":{\"must_not\":{\"has_id\":[3]}}}";
        assertEquals(
                "[[1,1.0],[2,0.0]]", hits(ok("POST", POINTS + "/query", single).get("points")));
        String byId = "{\"query\":1}";
        assertEquals(
                "[[3,6.0],[2,2.0]]", hits(ok("POST", POINTS + "/query", byId).get("points")));
        assertEquals(
                "{\"size\":2,\"distance\":\"Dot\",\"multivector_config\":{\"comparator\":\"max_sim\"}}",
                ok("GET", "/collections/docs", "").at("/config/params/vectors").toString());
        stop();
        start();
        assertEquals(expected, hits(ok("POST", POINTS + "/query", query).get("points")));
        assertEquals("{}", ok("GET", POINTS + "/4", "").get("vector").toString());
    }

    @Test
    void multivectorsRankWhatAPrefetchFound() {
        ok("PUT", "/collections/docs", """
                {"vectors":{"dense":{"size":2,"distance":"Dot"},
                            "tokens":{"size":2,"distance":"Cosine","multivector_config":{"comparator":"max_sim"},
                                      "hnsw_config":{"m":0}}}}""");
        ok("PUT", POINTS, """
                {"points":[{"id":1,"vector":{"dense":[9,0],"tokens":[[0,5],[0,1]]}},
                           {"id":2,"vector":{"dense":[8,0],"tokens":[[5,0]]}},
                           {"id":3,"vector":{"dense":[1,0],"tokens":[[1,0],[0,1]]}}]}""");
        JsonNode found = ok("POST", POINTS + "/query", """
                {"prefetch":{"query":[1,0],"using":"dense","limit":2},"query":[[1,0],[2,0]],"using":"tokens",
                 "limit":2}""");
        assertEquals("[[2,2.0],[1,0.0]]", hits(found.get("points")));
        assertEquals(
                "{\"tokens\":[[0.0,1.0],[0.0,1.0]]}",
                ok("POST", POINTS, "{\"ids\":[1],\"with_vector\":[\"tokens\"]}")
                        .at("/0/vector")
                        .toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "float16 | Dot | [1.0001,2,-3] | [1.0,2.0,-3.0]",
                "float16 | Cosine | [3,4,0] | [0.60009766,0.7998047,0.0]",
                "uint8 | Dot | [1.9,255,0] | [1.0,255.0,0.0]",
                "uint8 | Euclid | [-7,256,1e9] | [0.0,255.0,255.0]",
                "uint8 | Cosine | [3,4,12] | [3.0,4.0,12.0]",
                "uint8 | Cosine | [0,0,0] | [0.0,0.0,0.0]",
                "turbo4 | Manhattan | [1.25,2.5,3] | [1.25,2.5,3.0]",
                "float32 | Cosine | [0,0,0] | [0.0,0.0,0.0]",
                "float32 | Cosine | [3,4,0] | [0.6,0.8,0.0]"
            })
    void aVectorIsToldAsItsDatatypeKeepsIt(String datatype, String distance, String given, String told) {
        ok("PUT", "/collections/docs", """
                {"vectors":{"size":3,"distance":"%s","datatype":"%s"}}""".formatted(distance, datatype));
        ok("PUT", POINTS, "{\"points\":[{\"id\":1,\"vector\":" + given + "}]}");
        assertEquals(told, ok("GET", POINTS + "/1", "").get("vector").toString());
        JsonNode before = ok("POST", POINTS + "/query", "{\"query\":[1,2,3],\"with_vector\":true}");
        assertEquals(1, before.get("points").size());
        assertEquals(
                "{\"size\":3,\"distance\":\"%s\",\"datatype\":\"%s\"}".formatted(distance, datatype),
                ok("GET", "/collections/docs", "").at("/config/params/vectors").toString());
        stop();
        start();
        assertEquals(told, ok("GET", POINTS + "/1", "").get("vector").toString());
        assertEquals(before, ok("POST", POINTS + "/query", "{\"query\":[1,2,3],\"with_vector\":true}"));
    }

    @Test
    void wholeNumbersAreComparedByTheirAngle() {
        ok("PUT", "/collections/docs", "{\"vectors\":{\"size\":2,\"distance\":\"Cosine\",\"datatype\":\"uint8\"}}");
        ok("PUT", POINTS, "{\"points\":[{\"id\":1,\"vector\":[200,0]},{\"id\":2,\"vector\":[3,4]}]}");
        JsonNode points = ok("POST", POINTS + "/query", "{\"query\":[0.5,0]}").get("points");
        assertEquals(1, points.at("/0/score").asDouble(), 1e-6);
        assertEquals(0.6, points.at("/1/score").asDouble(), 1e-6);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"scalar\":{\"type\":\"int8\",\"quantile\":0.99,\"always_ram\":true}}",
                "{\"product\":{\"compression\":\"x16\",\"always_ram\":false}}",
                "{\"binary\":{\"encoding\":\"one_and_half_bits\",\"query_encoding\":\"scalar8bits\"}}",
                "{\"binary\":{}}",
                "{\"turbo\":{\"bits\":\"bits1_5\",\"always_ram\":true}}"
            })
    void quantizationIsToldAsItWasGiven(String quantization) {
        ok("PUT", "/collections/docs", """
                {"vectors":{"a":{"size":2,"distance":"Dot","quantization_config":%1$s},
                            "b":{"size":2,"distance":"Dot"}},
                 "quantization_config":%1$s}""".formatted(quantization));
        JsonNode config = ok("GET", "/collections/docs", "").get("config");
        assertEquals(quantization, config.get("quantization_config").toString());
        assertEquals(
                quantization, config.at("/params/vectors/a/quantization_config").toString());
        assertFalse(config.at("/params/vectors/b").has("quantization_config"));
        ok("PATCH", "/collections/docs", """
                {"vectors":{"a":{"quantization_config":"Disabled"}},"quantization_config":"Disabled"}""");
        config = ok("GET", "/collections/docs", "").get("config");
        assertTrue(config.get("quantization_config").isNull());
        assertFalse(config.at("/params/vectors/a").has("quantization_config"));
    }

    @Test
    void everyFieldHasItsOwnSettings() {
        String vectors = "{\"a\":{\"size\":2,\"distance\":\"Dot\",\"hnsw_config\":{\"m\":0,\"payload_m\":16},"
                + "\"on_disk\":true,\"memory\":\"cached\"},\"b\":{\"size\":3,\"distance\":\"Euclid\","
                + "\"hnsw_config\":{\"ef_construct\":50,\"inline_storage\":false},\"on_disk\":false}}";
        String sparse = "{\"s\":{\"index\":{\"full_scan_threshold\":10,\"on_disk\":true,\"datatype\":\"uint8\","
                + "\"memory\":\"pinned\"},\"modifier\":\"idf\"},\"t\":{}}";
        ok("PUT", "/collections/docs", "{\"vectors\":" + vectors + ",\"sparse_vectors\":" + sparse + "}");
        JsonNode params = ok("GET", "/collections/docs", "").at("/config/params");
        assertEquals(vectors, params.get("vectors").toString());
        assertEquals(sparse, params.get("sparse_vectors").toString());
        ok("PATCH", "/collections/docs", """
                {"vectors":{"a":{"hnsw_config":{"m":8},"memory":"cold"}},
                 "sparse_vectors":{"t":{"modifier":"idf"},"s":{"index":{"on_disk":false}}}}""");
        params = ok("GET", "/collections/docs", "").at("/config/params");
        assertEquals(
                "{\"m\":8,\"payload_m\":16}",
                params.at("/vectors/a/hnsw_config").toString());
        assertEquals("cold", params.at("/vectors/a/memory").asText());
        assertEquals("idf", params.at("/sparse_vectors/t/modifier").asText());
        assertEquals("uint8", params.at("/sparse_vectors/s/index/datatype").asText());
        assertFalse(params.at("/sparse_vectors/s/index/on_disk").asBoolean());
        JsonNode before = params;
        stop();
        start();
        assertEquals(before, ok("GET", "/collections/docs", "").at("/config/params"));
    }

    @Test
    void vectorsComeAndGoLater() {
        ok("PUT", "/collections/docs", "{\"vectors\":{}}");
        ok("PUT", POINTS, "{\"points\":[{\"id\":1,\"vector\":{}},{\"id\":2,\"vector\":{},\"payload\":{\"a\":1}}]}");
        JsonNode added = ok("PUT", "/collections/docs/vectors/image?wait=true", """
                {"dense":{"size":2,"distance":"Dot","datatype":"float16"}}""");
        assertEquals("completed", added.get("status").asText());
        assertTrue(added.get("operation_id").asLong() > 0);
        ok("PUT", "/collections/docs/vectors/text", "{\"sparse\":{\"modifier\":\"idf\"}}");
        ok("PUT", POINTS + "/vectors", """
                {"points":[{"id":2,"vector":{"image":[1,2],"text":{"indices":[7],"values":[1]}}}]}""");
        assertEquals(
                "[[2,5.0]]",
                hits(ok("POST", POINTS + "/query", "{\"query\":[1,2],\"using\":\"image\"}")
                        .get("points")));
        JsonNode params = ok("GET", "/collections/docs", "").at("/config/params");
        assertEquals(
                "{\"image\":{\"size\":2,\"distance\":\"Dot\",\"datatype\":\"float16\"}}",
                params.get("vectors").toString());
        assertEquals(
                "{\"text\":{\"modifier\":\"idf\"}}",
                params.get("sparse_vectors").toString());
        refused(422, "Validation error in path parameters: ", "PUT", "/collections/docs/vectors/text", """
                {"dense":{"size":2,"distance":"Dot"}}""");
        refused(422, "Validation error in JSON body: ", "PUT", "/collections/docs/vectors/other", """
                {"dense":{"size":0,"distance":"Dot"}}""");
        refused(400, "Format error in JSON body: ", "PUT", "/collections/docs/vectors/other", "{}");

        ok("DELETE", "/collections/docs/vectors/image", "");
        refused(
                400,
                "Wrong input: Not existing vector name error: image",
                "DELETE",
                "/collections/docs/vectors/image",
                "");
        refused(400, "Wrong input: Not existing vector name error: image", "POST", POINTS + "/query", """
                {"query":[1,2],"using":"image"}""");
        String left = "{\"text\":{\"indices\":[7],\"values\":[1.0]}}";
        assertEquals(left, ok("GET", POINTS + "/2", "").get("vector").toString());
        stop();
        start();
        assertEquals(left, ok("GET", POINTS + "/2", "").get("vector").toString());
        ok("PUT", "/collections/docs/vectors/image", "{\"dense\":{\"size\":3,\"distance\":\"Cosine\"}}");
        assertEquals(left, ok("GET", POINTS + "/2", "").get("vector").toString());
    }

    @Test
    void snapshotsHaveFieldsOfEveryKind() {
        ok("PUT", "/collections/docs", """
                {"vectors":{"h":{"size":2,"distance":"Cosine","datatype":"float16"},
                            "b":{"size":2,"distance":"Cosine","datatype":"uint8","on_disk":true},
                            "m":{"size":2,"distance":"Dot","datatype":"float16",
                                 "multivector_config":{"comparator":"max_sim"},"hnsw_config":{"m":0}}},
                 "quantization_config":{"turbo":{"bits":"bits2"}}}""");
        ok("PUT", "/collections/docs/vectors/later%20on", "{\"sparse\":{\"index\":{\"on_disk\":true}}}");
        ok("PUT", POINTS, """
                {"points":[{"id":1,"vector":{"h":[1,2],"b":[7,200],"m":[[1,2],[3,4]],
                                             "later on":{"indices":[4],"values":[0.5]}}},
                           {"id":2,"vector":{"b":[0,0],"m":[[5,6]]}},{"id":3,"vector":{}}]}""");
        String name = ok("POST", "/collections/docs/snapshots?wait=true", "")
                .get("name")
                .asText();
        assertTrue(ok(
                        "PUT",
                        "/collections/copy/snapshots/recover?wait=true",
                        "{\"location\":\"file:///snapshots/docs/" + name + "\"}")
                .asBoolean());
        assertEquals(
                ok("GET", "/collections/docs", "").get("config"),
                ok("GET", "/collections/copy", "").get("config"));
        String everything = "{\"with_vector\":true}";
        assertEquals(
                ok("POST", POINTS + "/scroll", everything), ok("POST", "/collections/copy/points/scroll", everything));
        for (String query : new String[] {
            "{\"query\":[1,1],\"using\":\"h\"}",
            "{\"query\":[1,1],\"using\":\"b\"}",
            "{\"query\":[[1,1]],\"using\":\"m\"}",
            "{\"query\":{\"indices\":[4],\"values\":[1]},\"using\":\"later on\"}"
        }) {
            JsonNode expected = ok("POST", POINTS + "/query", query);
            assertFalse(expected.get("points").isEmpty(), query);
            assertEquals(
                    hits(expected.get("points")),
                    hits(ok("POST", "/collections/copy/points/query", query).get("points")));
        }
    }

    @Test
    void singleVectorsAreReplacedAndTakenAway() {
        ok("PUT", "/collections/docs", """
                {"vectors":{"a":{"size":2,"distance":"Dot"},
                            "m":{"size":1,"distance":"Dot","multivector_config":{"comparator":"max_sim"}}}}""");
        ok("PUT", POINTS, """
                {"points":[{"id":1,"vector":{"a":[1,2],"m":[[3],[4]]},"payload":{"k":1}}]}""");
        ok("PUT", POINTS + "/vectors", "{\"points\":[{\"id\":1,\"vector\":{\"m\":[[5]]}}]}");
        JsonNode point = ok("GET", POINTS + "/1", "");
        assertEquals("[1.0,2.0]", point.at("/vector/a").toString());
        assertEquals("[[5.0]]", point.at("/vector/m").toString());
        ok("POST", POINTS + "/vectors/delete", "{\"points\":[1],\"vector\":[\"a\"]}");
        point = ok("GET", POINTS + "/1", "");
        assertEquals("{\"m\":[[5.0]]}", point.get("vector").toString());
        assertEquals("{\"k\":1}", point.get("payload").toString());
        assertEquals(
                0,
                ok("POST", POINTS + "/count", "{\"filter\":{\"must\":{\"has_vector\":\"a\"}}}")
                        .get("count")
                        .asInt());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"points\":[{\"id\":1,\"vector\":{\"a\":[1,2,3]}}]} | 400 | Wrong input: Vector dimension error: expected dim: 2, got 3",
                "{\"points\":[{\"id\":1,\"vector\":{\"a\":[]}}]} | 422 | Validation error in JSON body: ",
                "{\"points\":[{\"id\":1,\"vector\":{\"m\":[]}}]} | 422 | Validation error in JSON body: ",
                "{\"points\":[{\"id\":1,\"vector\":{\"m\":[[]]}}]} | 422 | Validation error in JSON body: ",
                "{\"points\":[{\"id\":1,\"vector\":{\"m\":[[1,2],[1]]}}]} | 422 | Validation error in JSON body: ",
                "{\"points\":[{\"id\":1,\"vector\":{\"m\":[[1,2],3]}}]} | 400 | Format error in JSON body: ",
                "{\"points\":[{\"id\":1,\"vector\":{\"m\":[[1,2,3]]}}]} | 400 | Wrong input: Vector dimension error: expected dim: 2, got 3",
                "{\"points\":[{\"id\":1,\"vector\":{\"a\":[[1,2]]}}]} | 400 | Wrong input: ",
                "{\"points\":[{\"id\":1,\"vector\":{\"s\":[1,2]}}]} | 400 | Wrong input: ",
                "{\"points\":[{\"id\":1,\"vector\":{\"a\":{\"indices\":[1],\"values\":[2]}}}]} | 400 | Wrong input: ",
                "{\"points\":[{\"id\":1,\"vector\":[1,2]}]} | 400 | 'Wrong input: Not existing vector name error: '",
                "{\"points\":[{\"id\":1,\"vector\":{\"x\":[1,2]}}]} | 400 | Wrong input: Not existing vector name error: x",
                "{\"points\":[{\"id\":1,\"vector\":{\"h\":[1,70000]}}]} | 400 | Wrong input: ",
                "{\"points\":[{\"id\":1,\"vector\":{\"a\":null}}]} | 400 | Format error in JSON body: ",
                "{\"points\":[{\"id\":1,\"vector\":{\"a\":[1,null]}}]} | 400 | Format error in JSON body: "
            })
    void refusesVectorsThatDoNotFitAndStoresNothing(String body, int status, String error) {
        ok("PUT", "/collections/docs", """
                {"vectors":{"a":{"size":2,"distance":"Dot"},"h":{"size":2,"distance":"Dot","datatype":"float16"},
                            "m":{"size":2,"distance":"Dot","multivector_config":{"comparator":"max_sim"}}},
                 "sparse_vectors":{"s":{}}}""");
        refused(status, error, "PUT", POINTS, body);
        refused(status, error, "PUT", POINTS + "?wait=true", body);
        assertEquals(0, ok("POST", POINTS + "/count", "{}").get("count").asInt());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"vectors\":{\"size\":2,\"distance\":\"Dot\",\"memory\":\"pinned\"}} | 422 | Validation error in JSON body: [vectors.memory: value pinned",
                "{\"vectors\":{\"a\":{\"size\":2,\"distance\":\"Dot\",\"memory\":\"pinned\"}}} | 422 | Validation error in JSON body: [vectors.a.memory: value pinned",
                "{\"vectors\":{\"size\":2,\"distance\":\"Dot\",\"memory\":\"hot\"}} | 400 | Format error in JSON body: ",
                "{\"vectors\":{\"size\":2,\"distance\":\"Dot\",\"on_disk\":\"yes\"}} | 400 | Format error in JSON body: ",
                "{\"vectors\":{\"size\":2,\"distance\":\"Dot\",\"hnsw_config\":{\"ef_construct\":3}}} | 422 | Validation error in JSON body: [vectors.hnsw_config.ef_construct: value 3",
                "{\"vectors\":{\"size\":2,\"distance\":\"Dot\",\"hnsw_config\":{\"m\":-1}}} | 400 | Format error in JSON body: ",
                "{\"vectors\":{\"size\":2,\"distance\":\"Dot\",\"multivector_config\":{\"comparator\":\"min\"}}} | 400 | Format error in JSON body: ",
                "{\"vectors\":{\"size\":2,\"distance\":\"Dot\",\"multivector_config\":{}}} | 400 | Format error in JSON body: ",
                "{\"vectors\":{\"size\":2,\"distance\":\"Dot\",\"quantization_config\":{}}} | 400 | Format error in JSON body: ",
                "{\"vectors\":{\"size\":2,\"distance\":\"Dot\",\"quantization_config\":{\"scalar\":{\"type\":\"int4\"}}}} | 400 | Format error in JSON body: ",
                "{\"vectors\":{},\"quantization_config\":{\"scalar\":{\"type\":\"int8\",\"quantile\":0.4}}} | 422 | Validation error in JSON body: [quantization_config.scalar.quantile: value 0.4",
                "{\"vectors\":{},\"quantization_config\":{\"product\":{\"compression\":\"x5\"}}} | 400 | Format error in JSON body: ",
                "{\"vectors\":{\"size\":2}} | 400 | Format error in JSON body: ",
                "{\"vectors\":{\"distance\":\"Dot\"}} | 400 | Format error in JSON body: ",
                "{\"vectors\":{\"a\":{\"size\":2,\"distance\":\"Dot\"}},\"sparse_vectors\":{\"a\":{}}} | 422 | Validation error in JSON body: ",
                "{\"sparse_vectors\":{\"a\":{\"modifier\":\"tf\"}}} | 400 | Format error in JSON body: ",
                "{\"sparse_vectors\":{\"a\":{\"index\":{\"datatype\":\"int8\"}}}} | 400 | Format error in JSON body: "
            })
    void refusesFieldsThatMakeNoSense(String body, int status, String error) {
        refused(status, error, "PUT", "/collections/docs", body);
        assertFalse(ok("GET", "/collections/docs/exists", "").get("exists").asBoolean());
    }

    /// Ids and scores, and vectors where there are any.
    private static String hits(JsonNode points) {
        var all = ServedStore.JSON.createArrayNode();
        points.forEach(hit -> {
            var one = all.addArray().add(hit.get("id")).add(hit.get("score"));
            if (hit.has("vector")) {
                one.add(hit.get("vector"));
            }
        });
        return all.toString();
    }

    private JsonNode ok(String method, String path, String body) {
        return store.send(method, path, body).result();
    }

    private void refused(int status, String error, String method, String path, String body) {
        ServedStore.Answer answer = store.send(method, path, body);
        assertEquals(status, answer.status(), () -> answer.body().toString());
        assertTrue(answer.error().startsWith(error), answer.error());
    }
}
