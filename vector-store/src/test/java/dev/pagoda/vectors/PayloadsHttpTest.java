package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Changes of points and their payloads as a client of Qdrant sees them.
class PayloadsHttpTest {
    private static final String POINTS = "/collections/docs/points";

    @TempDir
    Path home;

    private ServedStore store;

    @BeforeEach
    void start() {
        store = new ServedStore(home);
        store.put("/collections/docs", "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}")
                .result();
    }

    @AfterEach
    void stop() {
        store.close();
    }

    private void upsert(String points) {
        store.put(POINTS + "?wait=true", "{\"points\":[" + points + "]}").result();
    }

    private String payload(int id) {
        return store.get(POINTS + "/" + id).result().get("payload").toString();
    }

    private void edit(String method, String path, String body) {
        JsonNode result = store.send(method, POINTS + path + "?wait=true", body).result();
        assertEquals("completed", result.get("status").asText());
    }

    @Test
    void mergesAndReplacesAtEveryKindOfPath() {
        upsert(
                "{\"id\":1,\"vector\":[1,0],\"payload\":{\"a\":{\"b\":1,\"c\":[{\"d\":1},{\"d\":2}]},\"x.y\":{\"z\":0}}}");
        edit("POST", "/payload", "{\"payload\":{\"e\":5,\"x.y\":null},\"points\":[1]}");
        assertEquals("{\"a\":{\"b\":1,\"c\":[{\"d\":1},{\"d\":2}]},\"e\":5}", payload(1));
        edit("POST", "/payload", "{\"payload\":{\"f\":6},\"points\":[1],\"key\":\"a.c[].g\"}");
        assertEquals(
                "{\"a\":{\"b\":1,\"c\":[{\"d\":1,\"g\":{\"f\":6}},{\"d\":2,\"g\":{\"f\":6}}]},\"e\":5}", payload(1));
        edit("POST", "/payload", "{\"payload\":{\"d\":9},\"points\":[1],\"key\":\"a.c[1]\"}");
        assertEquals(
                "{\"a\":{\"b\":1,\"c\":[{\"d\":1,\"g\":{\"f\":6}},{\"d\":9,\"g\":{\"f\":6}}]},\"e\":5}", payload(1));
        edit("PUT", "/payload", "{\"payload\":{\"h\":1},\"points\":[1],\"key\":\"a.c\"}");
        assertEquals("{\"a\":{\"b\":1,\"c\":{\"h\":1}},\"e\":5}", payload(1));
        edit("POST", "/payload", "{\"payload\":{\"z\":1},\"points\":[1],\"key\":\"\\\"x.y\\\"\"}");
        assertEquals("{\"a\":{\"b\":1,\"c\":{\"h\":1}},\"e\":5,\"x.y\":{\"z\":1}}", payload(1));
        edit("POST", "/payload/delete", "{\"keys\":[\"a.c\",\"\\\"x.y\\\"\",\"none.at.all\"],\"points\":[1]}");
        assertEquals("{\"a\":{\"b\":1},\"e\":5}", payload(1));
        edit("PUT", "/payload", "{\"payload\":{\"whole\":true},\"points\":[1]}");
        assertEquals("{\"whole\":true}", payload(1));
        edit("POST", "/payload/clear", "{\"points\":[1]}");
        assertEquals("{}", payload(1));
    }

    @Test
    void editsMayChooseByFilterAndKeepIndexesTrue() {
        store.put("/collections/docs/index", "{\"field_name\":\"k\",\"field_schema\":\"keyword\"}")
                .result();
        upsert(
                "{\"id\":1,\"vector\":[1,0],\"payload\":{\"k\":\"a\"}},{\"id\":2,\"vector\":[1,0],\"payload\":{\"k\":\"b\"}}");
        String isA = "\"filter\":{\"must\":[{\"key\":\"k\",\"match\":{\"value\":\"a\"}}]}";
        edit("POST", "/payload", "{\"payload\":{\"k\":\"c\"}," + isA + "}");
        assertEquals("{\"k\":\"c\"}", payload(1));
        assertEquals("{\"k\":\"b\"}", payload(2));
        edit("POST", "/payload", "{\"payload\":{\"k\":\"d\"}," + isA + "}");
        assertEquals("{\"k\":\"c\"}", payload(1));
        edit("POST", "/delete", "{\"filter\":{\"must\":[{\"key\":\"k\",\"match\":{\"any\":[\"b\",\"a\"]}}]}}");
        assertEquals(404, store.get(POINTS + "/2").status());
        assertEquals(
                1, store.post(POINTS + "/count", "{}").result().get("count").asInt());
    }

    @Test
    void aBatchHappensInOrderAndAllOrNothing() {
        store.post(POINTS + "/batch?wait=true", """
                {"operations":[
                 {"upsert":{"points":[{"id":1,"vector":[1,0],"payload":{"a":1}},{"id":2,"vector":[0,1]}]}},
                 {"set_payload":{"payload":{"b":2},"points":[1]}},
                 {"overwrite_payload":{"payload":{"c":3},"points":[2]}},
                 {"delete_payload":{"keys":["a"],"points":[1]}},
                 {"update_vectors":{"points":[{"id":2,"vector":[5,5]}]}},
                 {"delete":{"points":[77]}},
                 {"upsert":{"batch":{"ids":[3,4],"vectors":[[1,1],[2,2]],"payloads":[{"x":1},null]}}},
                 {"clear_payload":{"points":[3]}},
                 {"delete_vectors":{"points":[4],"vector":[""]}}]}""").result();
        assertEquals("{\"b\":2}", payload(1));
        assertEquals("{\"c\":3}", payload(2));
        assertEquals(
                "[5.0,5.0]", store.get(POINTS + "/2").result().get("vector").toString());
        assertEquals("{}", payload(3));
        assertEquals("{}", store.get(POINTS + "/4").result().get("vector").toString());
        ServedStore.Answer refused = store.post(POINTS + "/batch", """
                {"operations":[{"delete":{"points":[1]}},{"set_payload":{"payload":{"b":3},"points":[99]}}]}""");
        assertEquals(404, refused.status());
        assertEquals("{\"b\":2}", payload(1));
    }

    @Test
    void updatesMayBeConditional() {
        upsert("{\"id\":1,\"vector\":[1,0],\"payload\":{\"version\":5}}");
        String newer =
                "{\"points\":[{\"id\":1,\"vector\":[2,0],\"payload\":{\"version\":6}},{\"id\":2,\"vector\":[3,0]}],"
                        + "\"update_filter\":{\"must\":[{\"key\":\"version\",\"match\":{\"value\":%d}}]}}";
        edit("PUT", "", newer.formatted(4));
        assertEquals("{\"version\":5}", payload(1));
        assertEquals("{}", payload(2));
        edit("PUT", "", newer.formatted(5));
        assertEquals("{\"version\":6}", payload(1));
        edit(
                "PUT",
                "",
                "{\"points\":[{\"id\":1,\"vector\":[9,9]},{\"id\":8,\"vector\":[9,9]}],\"update_mode\":\"insert_only\"}");
        assertEquals("{\"version\":6}", payload(1));
        assertEquals("{}", payload(8));
        edit(
                "PUT",
                "",
                "{\"points\":[{\"id\":1,\"vector\":[9,9]},{\"id\":9,\"vector\":[9,9]}],\"update_mode\":\"update_only\"}");
        assertEquals("{}", payload(1));
        assertEquals(404, store.get(POINTS + "/9").status());
        edit(
                "PUT",
                "/vectors",
                "{\"points\":[{\"id\":1,\"vector\":[7,7]}],\"update_filter\":{\"must\":[{\"has_id\":[2]}]}}");
        assertEquals(
                "[9.0,9.0]", store.get(POINTS + "/1").result().get("vector").toString());
    }

    @Test
    void refusesMalformedChanges() {
        upsert("{\"id\":1,\"vector\":[1,0]}");
        for (List<Object> each : List.<List<Object>>of(
                List.of("PUT", "", "{\"points\":[{\"id\":1,\"vector\":[1,0]}],\"shard_key\":\"a\"}", 400),
                List.of("PUT", "", "{\"batch\":{\"ids\":[1,2],\"vectors\":[[1,0]]}}", 422),
                List.of("PUT", "", "{\"batch\":{\"ids\":[1],\"vectors\":[[1,0]],\"payloads\":[{},{}]}}", 422),
                List.of("PUT", "", "{\"points\":[{\"id\":-1,\"vector\":[1,0]}]}", 400),
                List.of("PUT", "", "{\"points\":[{\"id\":1,\"vector\":[1,0]}],\"update_mode\":\"magic\"}", 400),
                List.of("POST", "/delete", "{}", 400),
                List.of("POST", "/delete", "{\"points\":[1],\"shard_key\":\"a\"}", 400),
                List.of("POST", "/payload", "{\"payload\":{\"a\":1}}", 400),
                List.of("POST", "/payload", "{\"points\":[1]}", 400),
                List.of("POST", "/payload", "{\"payload\":{\"a\":1},\"points\":[1],\"key\":\"a[\"}", 400),
                List.of("POST", "/payload", "{\"payload\":{\"a\":1},\"points\":[99]}", 404),
                List.of("PUT", "/payload", "{\"payload\":{\"a\":1}}", 400),
                List.of("POST", "/payload/delete", "{\"points\":[1]}", 400),
                List.of("POST", "/payload/delete", "{\"keys\":[\"a\"]}", 400),
                List.of("POST", "/payload/clear", "{}", 400),
                List.of("PUT", "/vectors", "{\"points\":[{\"id\":99,\"vector\":[1,0]}]}", 404),
                List.of("PUT", "/vectors", "{\"points\":[{\"id\":1,\"vector\":{}}]}", 422),
                List.of("POST", "/vectors/delete", "{\"points\":[1],\"vector\":[\"none\"]}", 400),
                List.of("POST", "/vectors/delete", "{\"vector\":[\"\"]}", 400),
                List.of("POST", "/batch", "{\"operations\":[{\"magic\":{}}]}", 400),
                List.of("POST", "/batch", "{}", 400),
                List.of("POST", "/scroll", "{\"limit\":0}", 422),
                List.of("POST", "/scroll", "{\"shard_key\":\"a\"}", 400),
                List.of("POST", "/count", "{\"shard_key\":\"a\"}", 400),
                List.of("POST", "", "{\"ids\":[1],\"shard_key\":\"a\"}", 400),
                List.of("POST", "", "{}", 400))) {
            String method = (String) each.get(0);
            String path = POINTS + each.get(1);
            ServedStore.Answer answer = store.send(method, path, (String) each.get(2));
            assertEquals(
                    each.get(3),
                    answer.status(),
                    () -> method + " " + path + " " + each.get(2)
                            + answer.response().body());
        }
        assertEquals("{}", payload(1));
    }

    @Test
    void answersTheChosenPartsOfPayloads() {
        upsert(
                "{\"id\":1,\"vector\":[1,0],\"payload\":{\"a\":{\"b\":1,\"c\":2},\"l\":[{\"x\":1,\"y\":2},{\"x\":3}],\"d\":3}}");
        Map<String, String> chosen = Map.of(
                "[\"a.b\"]", "{\"a\":{\"b\":1}}",
                "[\"l[].x\",\"d\"]", "{\"l\":[{\"x\":1},{\"x\":3}],\"d\":3}",
                "{\"include\":[\"a\"]}", "{\"a\":{\"b\":1,\"c\":2}}",
                "{\"exclude\":[\"a.b\",\"l\"]}", "{\"a\":{\"c\":2},\"d\":3}",
                "false", "null");
        chosen.forEach((selector, payload) -> assertEquals(
                payload,
                String.valueOf(store.post(POINTS, "{\"ids\":[1,1000],\"with_payload\":" + selector + "}")
                        .result()
                        .get(0)
                        .get("payload")),
                selector));
        assertEquals(1, store.post(POINTS, "{\"ids\":[1,1000]}").result().size());
    }
}
