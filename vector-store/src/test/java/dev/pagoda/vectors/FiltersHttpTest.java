package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Filters, payload indexes, facets and orders as a client of Qdrant sees them.
class FiltersHttpTest {
    private static final String DOCS = "/collections/docs";
    private static final String POINTS = DOCS + "/points";

    @TempDir
    Path home;

    private ServedStore store;

    @BeforeEach
    void start() {
        store = new ServedStore(home);
        store.put(DOCS, "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}").result();
        store.put(POINTS + "?wait=true", """
                {"points":[
                 {"id":1,"vector":[1,0],"payload":{"city":"Berlin","n":[1,7],"price":1.5,"ok":true,
                   "place":{"lon":13.4,"lat":52.5},"when":"2024-01-01T00:00:00Z","text":"the quick brown fox",
                   "parts":[{"x":1,"y":"a"},{"x":2,"y":"b"}]}},
                 {"id":2,"vector":[0,1],"payload":{"city":["London","Berlin"],"n":2,"price":3,"ok":false,
                   "place":[{"lon":-0.1,"lat":51.5},{"lon":2.3,"lat":48.8}],"when":"2024-06-01",
                   "text":"brown and quick","parts":[{"x":1,"y":"b"}]}},
                 {"id":3,"vector":[1,1],"payload":{"city":null,"n":[],"text":["the fox","is quick"]}},
                 {"id":"7CB46FB3E348476293AD7FB983D2B85E","vector":{},"payload":{"url":"https://a.example/x"}}]}""").result();
    }

    @AfterEach
    void stop() {
        store.close();
    }

    private String ids(String condition) {
        return idsOf("{\"must\":[" + condition + "]}");
    }

    private String idsOf(String filter) {
        JsonNode page = store.post(POINTS + "/scroll", "{\"limit\":10,\"filter\":" + filter + "}")
                .result();
        List<String> ids = new ArrayList<>();
        page.get("points").forEach(point -> ids.add(point.get("id").asText().substring(0, 1)));
        assertEquals(
                ids.size(),
                store.post(POINTS + "/count", "{\"filter\":" + filter + "}")
                        .result()
                        .get("count")
                        .asInt());
        return String.join("", ids);
    }

    private void index(String field, String schema) {
        store.put(DOCS + "/index?wait=true", "{\"field_name\":\"" + field + "\",\"field_schema\":" + schema + "}")
                .result();
    }

    @Test
    void everyConditionYieldsTheSamePointsWithAnIndexAndWithout() {
        Map<String, String> expected = Map.ofEntries(
                Map.entry("{\"key\":\"city\",\"match\":{\"value\":\"Berlin\"}}", "12"),
                Map.entry("{\"key\":\"city\",\"match\":{\"any\":[\"London\",\"Rome\"]}}", "2"),
                Map.entry("{\"key\":\"city\",\"match\":{\"any\":[]}}", ""),
                Map.entry("{\"key\":\"city\",\"match\":{\"except\":[\"Berlin\"]}}", "2"),
                Map.entry("{\"key\":\"city\",\"match\":{\"except\":[]}}", "12"),
                Map.entry("{\"key\":\"n\",\"match\":{\"value\":7}}", "1"),
                Map.entry("{\"key\":\"n\",\"match\":{\"except\":[2]}}", "1"),
                Map.entry("{\"key\":\"ok\",\"match\":{\"value\":false}}", "2"),
                Map.entry("{\"key\":\"url\",\"match\":{\"prefix\":\"https://a.\"}}", "7"),
                Map.entry("{\"key\":\"url\",\"match\":{\"prefix\":\"\"}}", "7"),
                Map.entry("{\"key\":\"n\",\"range\":{\"gt\":1,\"lte\":2}}", "2"),
                Map.entry("{\"key\":\"price\",\"range\":{\"gte\":1.5,\"lt\":3.0}}", "1"),
                Map.entry("{\"key\":\"when\",\"range\":{\"gte\":\"2024-01-01\",\"lt\":\"2024-01-01 00:01\"}}", "1"),
                Map.entry("{\"key\":\"when\",\"range\":{\"gt\":\"2024-01-01T01:00:00+01:00\"}}", "2"),
                Map.entry(
                        "{\"key\":\"place\",\"geo_radius\":{\"center\":{\"lon\":2.3,\"lat\":48.9},\"radius\":12000}}",
                        "2"),
                Map.entry(
                        "{\"key\":\"place\",\"geo_bounding_box\":{\"top_left\":{\"lon\":13,\"lat\":53},"
                                + "\"bottom_right\":{\"lon\":14,\"lat\":52}}}",
                        "1"),
                Map.entry(
                        "{\"key\":\"place\",\"geo_polygon\":{\"exterior\":{\"points\":[{\"lon\":-1,\"lat\":50},"
                                + "{\"lon\":1,\"lat\":50},{\"lon\":1,\"lat\":53},{\"lon\":-1,\"lat\":50}]}}}",
                        ""),
                Map.entry("{\"key\":\"city\",\"values_count\":{\"gte\":2}}", "2"),
                Map.entry("{\"key\":\"city\",\"values_count\":{\"lt\":1}}", "37"),
                Map.entry("{\"is_empty\":{\"key\":\"n\"}}", "37"),
                Map.entry("{\"key\":\"n\",\"is_empty\":false}", "12"),
                Map.entry("{\"is_null\":{\"key\":\"city\"}}", "3"),
                Map.entry("{\"key\":\"city\",\"is_null\":false}", "127"),
                Map.entry("{\"has_id\":[3,\"7cb46fb3-e348-4762-93ad-7fb983d2b85e\",99]}", "37"),
                Map.entry("{\"has_vector\":\"\"}", "123"),
                Map.entry("{\"must_not\":[{\"has_id\":[1]}]}", "237"),
                Map.entry(
                        "{\"nested\":{\"key\":\"parts\",\"filter\":{\"must\":["
                                + "{\"key\":\"x\",\"match\":{\"value\":1}},{\"key\":\"y\",\"match\":{\"value\":\"b\"}}]}}}",
                        "2"),
                Map.entry("{\"key\":\"parts[].x\",\"match\":{\"value\":2}}", "1"),
                Map.entry("{\"key\":\"parts[0].x\",\"match\":{\"value\":2}}", ""));
        expected.forEach((condition, ids) -> assertEquals(ids, ids(condition), condition));
        String minShould = "{\"min_should\":{\"min_count\":2,\"conditions\":["
                + "{\"key\":\"city\",\"match\":{\"value\":\"Berlin\"}},{\"key\":\"n\",\"match\":{\"value\":2}},"
                + "{\"has_id\":[3]}]}}";
        assertEquals("2", idsOf(minShould));
        for (String keyword : List.of("city", "url", "parts[].y")) {
            index(keyword, "\"keyword\"");
        }
        index("n", "{\"type\":\"integer\",\"lookup\":true,\"range\":true}");
        index("parts[].x", "\"integer\"");
        index("price", "\"float\"");
        index("ok", "\"bool\"");
        index("place", "\"geo\"");
        index("when", "\"datetime\"");
        expected.forEach((condition, ids) -> assertEquals(ids, ids(condition), condition + " with an index"));
        assertEquals("2", idsOf(minShould));
        store.close();
        store = new ServedStore(home);
        expected.forEach((condition, ids) -> assertEquals(ids, ids(condition), condition + " after a restart"));
        JsonNode schema = store.get(DOCS).result().get("payload_schema");
        assertEquals(
                "{\"data_type\":\"keyword\",\"points\":2}", schema.get("city").toString());
        assertEquals(
                "{\"data_type\":\"integer\",\"params\":{\"type\":\"integer\",\"lookup\":true,\"range\":true},\"points\":2}",
                schema.get("n").toString());
        assertEquals(2, schema.get("parts[].x").get("points").asInt());
    }

    @Test
    void aTextIndexMakesTextMatchesAskForWords() {
        String part = "{\"key\":\"text\",\"match\":{\"text\":\"ick bro\"}}";
        String words = "{\"key\":\"text\",\"match\":{\"text\":\"quick THE\"}}";
        String any = "{\"key\":\"text\",\"match\":{\"text_any\":\"quick missing\"}}";
        String phrase = "{\"key\":\"text\",\"match\":{\"phrase\":\"quick brown\"}}";
        assertEquals("1", ids(part));
        assertEquals("", ids(words));
        assertEquals("123", ids(any));
        assertEquals("1", ids(phrase));
        index("text", "{\"type\":\"text\",\"tokenizer\":\"word\",\"phrase_matching\":true}");
        assertEquals("", ids(part));
        assertEquals("13", ids(words));
        assertEquals("123", ids(any));
        assertEquals("1", ids(phrase));
        assertEquals("", ids("{\"key\":\"text\",\"match\":{\"phrase\":\"\"}}"));
        index(
                "text",
                "{\"type\":\"text\",\"stopwords\":\"english\",\"stemmer\":{\"type\":\"snowball\",\"language\":\"en\"}}");
        assertEquals("13", ids("{\"key\":\"text\",\"match\":{\"text\":\"the foxes\"}}"));
        store.delete(DOCS + "/index/text").result();
        assertEquals("1", ids(part));
        store.delete(DOCS + "/index/text").result();
    }

    @Test
    void slicesShareOutThePoints() {
        StringBuilder all = new StringBuilder();
        for (int index = 0; index < 3; index++) {
            all.append(ids("{\"slice\":{\"total\":3,\"index\":" + index + "}}"));
        }
        assertEquals(
                "1237",
                all.chars()
                        .sorted()
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString());
    }

    @Test
    void refusesWhatIsNoFilter() {
        Map<String, Integer> refused = Map.ofEntries(
                Map.entry("{\"must\":[{\"slice\":{\"total\":4,\"index\":4}}]}", 422),
                Map.entry("{\"must\":[{\"slice\":{\"total\":0,\"index\":0}}]}", 400),
                Map.entry("{\"must\":[{\"slice\":{\"total\":-1,\"index\":0}}]}", 400),
                Map.entry("{\"min_should\":{\"min_count\":0,\"conditions\":[]}}", 422),
                Map.entry("{\"min_should\":{\"min_count\":1}}", 400),
                Map.entry("{\"must\":[{\"key\":\"a\"}]}", 422),
                Map.entry("{\"must\":[{\"key\":\"a\",\"magic\":1}]}", 400),
                Map.entry("{\"must\":[{\"magic\":1}]}", 400),
                Map.entry("{\"must\":[{\"key\":\"a\",\"match\":{\"value\":1.5}}]}", 400),
                Map.entry("{\"must\":[{\"key\":\"a\",\"match\":{\"any\":[1,\"x\"]}}]}", 400),
                Map.entry("{\"must\":[{\"key\":\"a\",\"match\":{\"value\":1,\"text\":\"x\"}}]}", 400),
                Map.entry("{\"must\":[{\"key\":\"a\",\"range\":{\"gte\":\"soon\"}}]}", 400),
                Map.entry("{\"must\":[{\"key\":\"a\",\"range\":{\"from\":1}}]}", 400),
                Map.entry("{\"must\":[{\"key\":\"a..b\",\"is_empty\":true}]}", 400),
                Map.entry("{\"must\":[{\"has_id\":[-1]}]}", 400),
                Map.entry("{\"must\":[{\"has_id\":[\"5\"]}]}", 400),
                Map.entry("{\"must\":[{\"nested\":{\"key\":\"a\"}}]}", 400),
                Map.entry("{\"must\":[{\"nested\":{\"key\":\"a\",\"filter\":{\"must\":[{\"has_id\":[1]}]}}}]}", 400),
                Map.entry(
                        "{\"must\":[{\"key\":\"a\",\"geo_radius\":{\"center\":{\"lon\":200,\"lat\":0},\"radius\":1}}]}",
                        400),
                Map.entry(
                        "{\"must\":[{\"key\":\"a\",\"geo_polygon\":{\"exterior\":{\"points\":[{\"lon\":0,\"lat\":0},"
                                + "{\"lon\":1,\"lat\":0},{\"lon\":0,\"lat\":0}]}}}]}",
                        422),
                Map.entry(
                        "{\"must\":[{\"key\":\"a\",\"geo_polygon\":{\"exterior\":{\"points\":[{\"lon\":0,\"lat\":0},"
                                + "{\"lon\":1,\"lat\":0},{\"lon\":1,\"lat\":1},{\"lon\":0,\"lat\":1}]}}}]}",
                        422));
        refused.forEach((filter, status) -> assertEquals(
                status,
                store.post(POINTS + "/count", "{\"filter\":" + filter + "}").status(),
                filter));
    }

    @Test
    void refusesIndexesWithoutSense() {
        Map<String, Integer> refused = Map.of(
                "{\"type\":\"integer\",\"lookup\":false,\"range\":false}", 422,
                "\"magic\"", 400,
                "{\"type\":\"magic\"}", 400,
                "{\"type\":\"text\",\"tokenizer\":\"magic\"}", 400,
                "{\"type\":\"keyword\",\"is_tenant\":3}", 400,
                "{}", 400,
                "null", 400);
        refused.forEach((schema, status) -> assertEquals(
                status,
                store.put(DOCS + "/index", "{\"field_name\":\"f\",\"field_schema\":" + schema + "}")
                        .status(),
                schema));
        assertTrue(store.get(DOCS).result().get("payload_schema").isEmpty());
        index("a.b[].c", "\"keyword\"");
        assertFalse(store.get(DOCS).result().get("payload_schema").isEmpty());
        store.delete(DOCS + "/index/a.b%5B%5D.c").result();
        assertTrue(store.get(DOCS).result().get("payload_schema").isEmpty());
    }

    @Test
    void facetsCountTheValuesOfMatchingPoints() {
        assertEquals(400, store.post(DOCS + "/facet", "{\"key\":\"city\"}").status());
        index("city", "\"keyword\"");
        index("n", "\"integer\"");
        index("ok", "\"bool\"");
        index("price", "\"float\"");
        assertEquals(
                "[{\"value\":\"Berlin\",\"count\":2},{\"value\":\"London\",\"count\":1}]", facet("{\"key\":\"city\"}"));
        assertEquals("[{\"value\":\"Berlin\",\"count\":2}]", facet("{\"key\":\"city\",\"limit\":1,\"exact\":true}"));
        assertEquals(
                "[{\"value\":1,\"count\":1},{\"value\":7,\"count\":1}]",
                facet("{\"key\":\"n\",\"filter\":{\"must\":[{\"has_id\":[1]}]}}"));
        assertEquals("[{\"value\":false,\"count\":1},{\"value\":true,\"count\":1}]", facet("{\"key\":\"ok\"}"));
        assertEquals(400, store.post(DOCS + "/facet", "{\"key\":\"price\"}").status());
        index("n", "{\"type\":\"integer\",\"lookup\":false}");
        assertEquals(400, store.post(DOCS + "/facet", "{\"key\":\"n\"}").status());
        assertEquals(
                422,
                store.post(DOCS + "/facet", "{\"key\":\"city\",\"limit\":0}").status());
        assertEquals(
                400,
                store.post(DOCS + "/facet", "{\"key\":\"city\",\"shard_key\":\"a\"}")
                        .status());
    }

    private String facet(String body) {
        return store.post(DOCS + "/facet", body).result().get("hits").toString();
    }

    @Test
    void scrollsByAnOrder() {
        ServedStore.Answer unindexed = store.post(POINTS + "/scroll", "{\"order_by\":\"n\"}");
        assertEquals(400, unindexed.status());
        assertTrue(unindexed.error().startsWith("Bad request: No range index for `order_by` key: `n`"));
        index("n", "\"integer\"");
        index("when", "\"datetime\"");
        assertEquals("[[1,1],[2,2],[1,7]]", ordered("{\"order_by\":\"n\"}"));
        assertEquals("[[1,7],[2,2]]", ordered("{\"order_by\":{\"key\":\"n\",\"direction\":\"desc\"},\"limit\":2}"));
        assertEquals("[[2,2],[1,7]]", ordered("{\"order_by\":{\"key\":\"n\",\"start_from\":2}}"));
        assertEquals(
                "[[2,1717200000000000]]",
                ordered("{\"order_by\":{\"key\":\"when\",\"start_from\":\"2024-02-01T00:00:00Z\"}}"));
        assertEquals("[[1,1],[1,7]]", ordered("{\"order_by\":\"n\",\"filter\":{\"must\":[{\"has_id\":[1]}]}}"));
        assertEquals(
                400,
                store.post(POINTS + "/scroll", "{\"order_by\":\"n\",\"offset\":1}")
                        .status());
        index("n", "{\"type\":\"integer\",\"range\":false}");
        assertEquals(400, store.post(POINTS + "/scroll", "{\"order_by\":\"n\"}").status());
    }

    private String ordered(String body) {
        JsonNode page = store.post(POINTS + "/scroll", body).result();
        assertTrue(page.get("next_page_offset").isNull());
        List<String> places = new ArrayList<>();
        page.get("points").forEach(point -> places.add("[" + point.get("id") + "," + point.get("order_value") + "]"));
        return "[" + String.join(",", places) + "]";
    }

    @Test
    void countsAboutOrExactly() {
        index("city", "\"keyword\"");
        String filter = "{\"filter\":{\"must\":[{\"key\":\"city\",\"match\":{\"value\":\"Berlin\"}}]},\"exact\":";
        for (String exact : List.of("true", "false")) {
            assertEquals(
                    2,
                    store.post(POINTS + "/count", filter + exact + "}")
                            .result()
                            .get("count")
                            .asInt());
        }
        assertEquals(
                4, store.post(POINTS + "/count", "{}").result().get("count").asInt());
    }
}
