package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Queries of every kind as a client of Qdrant sends them.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class QueryHttpTest {
    private static final String POINTS = "/collections/docs/points";

    private final RunningStore store = new RunningStore();

    @BeforeAll
    void fill() {
        store.put("/collections/docs", """
                {"vectors":{"size":2,"distance":"Dot"},"sparse_vectors":{"words":{"modifier":"idf"},"raw":{}}}""").result();
        for (String[] index : new String[][] {{"price", "float"}, {"day", "datetime"}, {"doc", "integer"}}) {
            store.put("/collections/docs/index", """
                    {"field_name":"%s","field_schema":"%s"}""".formatted(index[0], index[1]))
                    .result();
        }
        store.put(POINTS + "?wait=true", """
                {"points":[
                 {"id":1,"vector":{"":[1,0],"raw":{"indices":[1],"values":[2]}},
                  "payload":{"price":2.5,"doc":7,"tags":["a","b"],"day":"2026-01-01","at":{"lon":13.4,"lat":52.5}}},
                 {"id":2,"vector":{"":[2,0]},"payload":{"price":1,"doc":7,"tags":"a","day":"2026-01-03","n":[4]}},
                 {"id":3,"vector":{"":[0,1]},"payload":{"price":[9,0.5],"doc":8,"tags":["b"],"x":-4}},
                 {"id":4,"vector":{"":[0,3]},"payload":{"doc":9,"tags":2,"zero":0}},
                 {"id":5,"vector":{"":[-1,-1]},"payload":{"tags":[[1]],"doc":2.5}},
                 {"id":6,"vector":{},"payload":{"doc":"x"}}]}""").result();
        store.put("/collections/other", """
                {"vectors":{"v":{"size":2,"distance":"Dot"},"w":{"size":3,"distance":"Dot"}}}""").result();
        store.put("/collections/other/points?wait=true", """
                {"points":[{"id":1,"vector":{"v":[0,1],"w":[1,2,3]},"payload":{"name":"one"}},
                           {"id":7,"vector":{"v":[1,1]},"payload":{"name":"seven"}}]}""").result();
    }

    @AfterAll
    void close() {
        store.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"query\":[1,0]} | [2, 1, 3, 4, 5]",
                "{\"query\":{\"nearest\":[1,0]},\"limit\":18446744073709551615} | [2, 1, 3, 4, 5]",
                "{\"query\":1} | [2, 3, 4, 5]",
                "{\"query\":{\"nearest\":1}} | [2, 3, 4, 5]",
                "{\"query\":[1,0],\"score_threshold\":0} | [2, 1]",
                "{\"query\":[1,0],\"limit\":2,\"offset\":1} | [1, 3]",
                "{\"query\":{\"recommend\":{\"positive\":[1],\"negative\":[3]}}} | [2, 5, 4]",
                "{\"query\":{\"recommend\":{\"positive\":[[1,0]],\"strategy\":\"best_score\"}},\"limit\":2} | [2, 1]",
                "{\"query\":{\"recommend\":{\"negative\":[2,4],\"strategy\":\"sum_scores\"}}} | [5, 1, 3]",
                "{\"query\":{\"discover\":{\"target\":[1,0],\"context\":null}}} | [2, 1, 3, 4, 5]",
                "{\"query\":{\"discover\":{\"target\":[1,0],\"context\":{\"positive\":4,\"negative\":2}}}} | [3, 1, 5]",
                "{\"query\":{\"context\":[{\"positive\":4,\"negative\":2}]}} | [3, 5, 1]",
                "{\"query\":{\"nearest\":[1,0],\"mmr\":{\"diversity\":1}},\"limit\":2} | [2, 1]",
                "{\"query\":{\"nearest\":[1,0],\"mmr\":{\"diversity\":1,\"candidates_limit\":9}},\"limit\":2} | [2, 5]",
                "{\"query\":{\"order_by\":\"price\"}} | [3, 2, 1, 3]",
                "{\"query\":{\"order_by\":{\"key\":\"price\",\"direction\":\"desc\",\"start_from\":2.5}}} | [1, 2, 3]",
                "{\"query\":{\"order_by\":{\"key\":\"day\",\"start_from\":\"2026-01-02\"}},\"using\":\"raw\"} | [2]",
                "{\"prefetch\":{\"query\":[1,0],\"limit\":2},\"query\":{\"order_by\":\"price\"},\"limit\":1} | [2]",
                "{} | [1, 2, 3, 4, 5, 6]",
                "{\"offset\":4,\"filter\":{\"must_not\":{\"has_id\":[6]}}} | [5]",
                "{\"prefetch\":[{\"query\":[1,0],\"limit\":2},{\"query\":[0,1],\"limit\":2}],\"query\":{\"rrf\":{\"k\":1,\"weights\":[3,1]}},\"limit\":3} | [2, 1, 4]",
                "{\"prefetch\":[{\"query\":[1,0]},{\"query\":[0,1]}],\"query\":{\"fusion\":\"dbsf\"},\"limit\":2} | [4, 2]",
                "{\"prefetch\":{\"prefetch\":{\"query\":[1,0],\"limit\":3},\"query\":[0,1],\"limit\":2},\"query\":[-1,0],\"limit\":1} | [3]",
                "{\"query\":{\"relevance_feedback\":{\"target\":[1,0],\"feedback\":[{\"example\":4,\"score\":1},{\"example\":2,\"score\":0}],\"strategy\":{\"naive\":{\"a\":1,\"b\":1,\"c\":1}}}}} | [3, 1, 5]",
                "{\"query\":{\"indices\":[1],\"values\":[2]},\"using\":\"raw\"} | [1]",
                "{\"query\":{\"recommend\":{\"positive\":[{\"indices\":[1],\"values\":[2]}]}},\"using\":\"raw\"} | [1]",
                "{\"query\":7,\"lookup_from\":{\"collection\":\"other\",\"vector\":\"v\"},\"limit\":3} | [4, 2, 1]",
                "{\"query\":1,\"lookup_from\":{\"collection\":\"other\",\"vector\":\"v\"},\"limit\":2} | [4, 3]",
                "{\"query\":1,\"lookup_from\":{\"collection\":\"docs\"},\"limit\":1} | [2]"
            })
    void answersEveryGoal(String body, String ids) {
        assertEquals(ids, ids(points(body)).toString());
        JsonNode batch = store.post(POINTS + "/query/batch", "{\"searches\":[" + body + "," + body + "]}")
                .result();
        assertEquals(ids, ids(batch.get(1).get("points")).toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "3 | 3",
                "\"$score\" | 2",
                "\"$score[1]\" | 5",
                "\"$score[9]\" | 0.25",
                "\"price\" | 1",
                "\"n\" | 4",
                "\"missing\" | 7",
                "{\"key\":\"doc\",\"match\":{\"value\":7}} | 1",
                "{\"must\":{\"key\":\"doc\",\"match\":{\"value\":8}}} | 0",
                "{\"has_id\":[2]} | 1",
                "{\"mult\":[2,\"n\",0.5]} | 4",
                "{\"mult\":[0,{\"ln\":0}]} | 0",
                "{\"sum\":[1,\"n\",\"$score\"]} | 7",
                "{\"neg\":\"n\"} | -4",
                "{\"abs\":{\"neg\":2}} | 2",
                "{\"sqrt\":\"n\"} | 2",
                "{\"exp\":1} | 2.7182817",
                "{\"ln\":{\"exp\":3}} | 3",
                "{\"log10\":1000} | 3",
                "{\"pow\":{\"base\":2,\"exponent\":\"n\"}} | 16",
                "{\"div\":{\"left\":\"n\",\"right\":8}} | 0.5",
                "{\"div\":{\"left\":1,\"right\":0,\"by_zero_default\":3}} | 3",
                "{\"div\":{\"left\":0,\"right\":0}} | 0",
                "{\"datetime\":\"1970-01-01T00:01:00Z\"} | 60",
                "{\"sum\":[{\"datetime_key\":\"day\"},{\"neg\":{\"datetime\":\"2026-01-02\"}}]} | 86400",
                "{\"geo_distance\":{\"origin\":{\"lon\":13.4,\"lat\":53.5},\"to\":\"here\"}} | 111195.08",
                "{\"lin_decay\":{\"x\":\"n\",\"scale\":8}} | 0.75",
                "{\"lin_decay\":{\"x\":100}} | 0",
                "{\"exp_decay\":{\"x\":\"n\",\"target\":2,\"scale\":2}} | 0.5",
                "{\"gauss_decay\":{\"x\":\"n\",\"target\":0,\"scale\":4,\"midpoint\":0.25}} | 0.25"
            })
    void worksOutEveryExpression(String formula, float score) {
        JsonNode found = points("""
                {"prefetch":[{"query":[1,0]},{"query":[2.5,0]}],"filter":{"must":{"has_id":[2]}},
                 "query":{"formula":%s,
                          "defaults":{"missing":7,"$score[9]":0.25,"here":{"lon":13.4,"lat":52.5}}}}""".formatted(formula));
        assertEquals(1, found.size());
        assertEquals(score, found.get(0).get("score").floatValue(), Math.abs(score) * 1e-6f);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"gone\" | 400 Wrong input: Expected number value for gone",
                "\"tags\" | 400 Wrong input: Expected number value for tags",
                "{\"sqrt\":-1} | 400 Wrong input: The expression",
                "{\"ln\":0} | 400 Wrong input: The expression",
                "{\"exp\":1000} | 400 Wrong input: The expression",
                "{\"div\":{\"left\":1,\"right\":0}} | 400 Wrong input: The expression",
                "{\"pow\":{\"base\":0,\"exponent\":-1}} | 400 Wrong input: The expression",
                "{\"mult\":[1e30,1e30]} | 400 Wrong input: The expression",
                "{\"datetime_key\":\"tags\"} | 400 Wrong input: Expected datetime value for tags",
                "{\"geo_distance\":{\"origin\":{\"lon\":0,\"lat\":0},\"to\":\"tags\"}} | 400 Wrong input: Expected geo point",
                "{\"geo_distance\":{\"origin\":{\"lon\":0,\"lat\":99},\"to\":\"at\"}} | 400 Wrong input: ",
                "{\"datetime\":\"soon\"} | 400 Wrong input: ",
                "{\"exp_decay\":{\"x\":1,\"midpoint\":1}} | 400 Wrong input: decay midpoint",
                "{\"lin_decay\":{\"x\":1,\"scale\":0}} | 400 Wrong input: decay scale",
                "\"$rank\" | 400 Wrong input: variable",
                "\"$score.x\" | 400 Wrong input: variable",
                "{\"cube\":3} | 400 Format error in JSON body: ",
                "{\"sum\":3} | 400 Format error in JSON body: ",
                "{\"div\":{\"left\":1}} | 400 Format error in JSON body: ",
                "null | 400 Format error in JSON body: ",
                "true | 400 Format error in JSON body: "
            })
    void refusesFormulasThatComeToNothing(String formula, String error) {
        String body = "{\"prefetch\":{\"query\":[1,0],\"limit\":1},\"query\":{\"formula\":" + formula + "}}";
        assertStartsWith(error, store.post(POINTS + "/query", body).error());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"prefetch\":{\"query\":[1,0]}} | 400 Bad request: A query is needed to merge the prefetches. Can't have prefetches without defining a query.",
                "{\"prefetch\":{\"prefetch\":{}},\"query\":[1,0]} | 400 Bad request: A query is needed to merge",
                "{\"score_threshold\":1} | 400 Bad request: A query is needed to use the score_threshold. Can't have score_threshold without defining a query.",
                "{\"query\":{\"order_by\":\"price\"},\"score_threshold\":1} | 400 Bad request: Can't use score_threshold with an order_by query.",
                "{\"prefetch\":{\"query\":1},\"query\":{\"fusion\":\"rrf\"},\"using\":\"raw\"} | 400 Bad request: Fusion queries cannot be combined with the 'using' field.",
                "{\"query\":{\"fusion\":\"rrf\"}} | 400 Bad request: ",
                "{\"query\":{\"fusion\":\"rrf\"},\"using\":\"raw\"} | 400 Bad request: Fusion queries cannot be combined with the 'using' field.",
                "{\"query\":{\"formula\":1}} | 400 Bad request: ",
                "{\"query\":{\"fusion\":\"max\"}} | 400 Format error in JSON body: ",
                "{\"query\":{\"sample\":\"all\"}} | 400 Format error in JSON body: ",
                "{\"query\":{\"order_by\":\"tags\"}} | 400 Bad request: No range index for `order_by` key: `tags`",
                "{\"query\":{\"recommend\":{\"positive\":[],\"negative\":[]}}} | 422 Validation error in JSON body: [internal.query.recommend",
                "{\"query\":{\"recommend\":{\"negative\":[1]}}} | 400 Bad request: ",
                "{\"query\":{\"recommend\":{\"positive\":[1],\"strategy\":\"most\"}}} | 400 Format error in JSON body: ",
                "{\"query\":[]} | 400 Wrong input: Vector dimension error",
                "{\"query\":{\"recommend\":{\"positive\":[[]]}}} | 400 Wrong input: Vector dimension error",
                "{\"prefetch\":{\"query\":77},\"query\":{\"fusion\":\"rrf\"},\"using\":\"raw\"} | 404 Not found: ",
                "{\"query\":{\"recommend\":{\"positive\":[77]}}} | 404 Not found: No point with id 77 found",
                "{\"query\":{\"recommend\":{\"positive\":[6]}}} | 404 Not found: ",
                "{\"query\":{\"discover\":{\"target\":1}}} | 400 Format error in JSON body: missing field `context`",
                "{\"query\":{\"context\":[{\"positive\":1}]}} | 400 Format error in JSON body: missing field `negative`",
                "{\"query\":{\"nearest\":1,\"mmr\":{\"diversity\":1.5}}} | 422 Validation error in JSON body: [internal.query.mmr.diversity: value 1.5 invalid, must be from 0.0 to 1.0]",
                "{\"query\":{\"nearest\":1,\"mmr\":{\"candidates_limit\":16385}}} | 422 Validation error in JSON body: ",
                "{\"query\":{\"relevance_feedback\":{\"target\":1,\"feedback\":[],\"strategy\":{\"naive\":{\"a\":1,\"b\":1,\"c\":1}}}}} | 422 Validation error in JSON body: ",
                "{\"query\":{\"relevance_feedback\":{\"target\":1,\"feedback\":[{\"example\":2,\"score\":1}],\"strategy\":{\"naive\":{\"a\":1,\"b\":-1.0,\"c\":1}}}}} | 422 Validation error in JSON body: [internal.query.relevance_feedback.strategy.naive.b: value -1.0 invalid, must be 0.0 or larger]",
                "{\"prefetch\":[{\"query\":1},{\"query\":[1,0],\"limit\":0}],\"query\":{\"fusion\":\"rrf\"}} | 422 Validation error in JSON body: [internal.prefetch[1].limit: value 0 invalid, must be 1 or larger]",
                "{\"prefetch\":{\"query\":1},\"query\":{\"rrf\":{\"weights\":[1,2]}}} | 400 Wrong input: 2 weights",
                "{\"query\":[1,0],\"params\":{\"idf\":\"global\"}} | 400 Bad request: search param `idf`",
                "{\"query\":{\"indices\":[1],\"values\":[1]},\"using\":\"raw\",\"params\":{\"idf\":{\"corpus\":{}}}} | 400 Bad request: search param `idf`",
                "{\"query\":[1,0],\"using\":\"gone\"} | 400 Wrong input: Not existing vector name error: gone",
                "{\"query\":[1,0],\"lookup_from\":{\"collection\":\"gone\"}} | 404 Not found: Collection gone not found",
                "{\"query\":8,\"lookup_from\":{\"collection\":\"other\",\"vector\":\"gone\"}} | 404 Not found: No point with id 8 found",
                "{\"query\":7,\"lookup_from\":{\"collection\":\"other\",\"vector\":\"gone\"}} | 400 Wrong input: Not existing vector name error: gone",
                "{\"query\":1,\"lookup_from\":{\"collection\":\"other\",\"vector\":\"w\"}} | 400 Wrong input: Vector dimension error: expected dim: 2, got 3",
                "{\"query\":{\"text\":\"x\",\"model\":\"qdrant/bm25\",\"options\":{\"b\":2}},\"using\":\"words\"} | 400 Bad request: options of qdrant/bm25"
            })
    void refusesWhatMakesNoSense(String body, String error) {
        assertStartsWith(error, store.post(POINTS + "/query", body).error());
    }

    @Test
    void olderPathsAnswerBareLists() {
        String bare = "{\"vector\":[1,0],\"limit\":3,\"with_vectors\":true}";
        JsonNode search = store.post(POINTS + "/search", bare).result();
        assertEquals("[2, 1, 3]", ids(search).toString());
        assertTrue(search.get(0).has("vector"));
        assertEquals(
                search,
                store.post(POINTS + "/search/batch", "{\"searches\":[" + bare + "]}")
                        .result()
                        .get(0));
        String recommend = "{\"positive\":[1],\"negative\":[3],\"top\":2}";
        assertEquals(
                "[2, 5]",
                ids(store.post(POINTS + "/recommend", recommend).result()).toString());
        assertEquals(
                "[2, 5]",
                ids(store.post(POINTS + "/recommend/batch", "{\"searches\":[" + recommend + "]}")
                                .result()
                                .get(0))
                        .toString());
        String lookup = """
                {"positive":[7],"limit":2,"lookup_from":{"collection":"other","vector":"v"}}""";
        assertEquals(
                "[4, 2]",
                ids(store.post(POINTS + "/recommend", lookup).result()).toString());
        String discover = "{\"target\":[1,0],\"context\":[{\"positive\":4,\"negative\":2}],\"limit\":9}";
        assertEquals(
                "[3, 1, 5]",
                ids(store.post(POINTS + "/discover", discover).result()).toString());
        assertEquals(
                "[3, 5, 1]",
                ids(store.post(POINTS + "/discover", "{\"context\":[{\"positive\":4,\"negative\":2}],\"limit\":9}")
                                .result())
                        .toString());
        assertEquals(
                1,
                store.post(POINTS + "/discover/batch", "{\"searches\":[" + discover + "]}")
                        .result()
                        .size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/search | {\"vector\":[1,0]} | 400 Format error in JSON body: missing field `limit`",
                "/search | {\"limit\":1} | 400 Format error in JSON body: missing field `vector`",
                "/recommend | {\"limit\":1} | 400 Bad request: ",
                "/discover | {\"limit\":1} | 400 Bad request: ",
                "/search/batch | {} | 400 Format error in JSON body: missing field `searches`",
                "/search/groups | {\"vector\":[1,0],\"group_by\":\"doc\",\"limit\":1} | 400 Format error in JSON body: missing field `group_size`",
                "/query/groups | {\"query\":[1,0]} | 400 Format error in JSON body: missing field `group_by`",
                "/query/groups | {\"query\":[1,0],\"group_by\":\"doc\",\"group_size\":0} | 422 Validation error in JSON body: ",
                "/query/groups | {\"query\":[1,0],\"group_by\":\"doc\",\"with_lookup\":\"gone\"} | 404 Not found: Collection gone not found",
                "/query/groups | {\"query\":[1,0],\"group_by\":\"doc\",\"lookup_from\":{\"collection\":\"gone\"}} | 404 Not found: Collection gone not found",
                "/search/matrix/pairs | {\"sample\":1} | 422 Validation error in JSON body: ",
                "/search/matrix/pairs | {\"using\":\"gone\"} | 400 Wrong input: Not existing vector name error: gone"
            })
    void refusesIncompleteBodies(String path, String body, String error) {
        assertStartsWith(error, store.post(POINTS + path, body).error());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"other\"", "{\"collection\":\"other\",\"with_vector\":[\"v\"]}"})
    void groupsNameThePointsTheyAreOf(String lookup) {
        JsonNode groups = store.post(POINTS + "/query/groups", """
                {"query":[1,0],"group_by":"doc","group_size":2,"limit":5,"with_lookup":%s}""".formatted(lookup))
                .result()
                .get("groups");
        assertEquals(
                "[7, 8, 9, \"x\"]".replace(", \"x\"", ""), values(groups, "id").toString());
        assertEquals("[2, 1]", ids(groups.get(0).get("hits")).toString());
        assertEquals("seven", groups.at("/0/lookup/payload/name").asText());
        assertEquals(lookup.startsWith("{"), groups.at("/0/lookup").has("vector"));
        assertTrue(groups.at("/1/lookup").isNull());
    }

    @Test
    void aPointIsInTheGroupOfEachOfItsValues() {
        String expected = "[\"a\",\"b\",2]";
        for (String key : List.of("tags", "tags[]")) {
            String groups = store.post(POINTS + "/query/groups", """
                    {"query":[1,0],"group_by":"%s","group_size":1,"limit":9}""".formatted(key))
                    .result()
                    .get("groups")
                    .toString();
            if (key.equals("tags")) {
                assertTrue(groups.contains("\"id\":2"), groups);
            }
            assertTrue(groups.contains("\"id\":\"a\"") && groups.contains("\"id\":\"b\""), groups + expected);
        }
        JsonNode single = store.post(POINTS + "/search/groups", """
                {"vector":[0,1],"group_by":"tags","group_size":1,"limit":2,"with_payload":true}""").result().get("groups");
        assertEquals("[2, b]", values(single, "id").toString());
        assertEquals(9, single.at("/0/hits/0/payload/doc").asInt());
        JsonNode recommended =
                store.post(POINTS + "/recommend/groups", """
                {"positive":[1],"group_by":"doc","group_size":3,"limit":1}""").result().get("groups");
        assertEquals("[7]", values(recommended, "id").toString());
        assertEquals("[2]", ids(recommended.get(0).get("hits")).toString());
    }

    @Test
    void laterGroupsAreFoundBehindManyPointsOfTheFirst() {
        store.put("/collections/many", "{\"vectors\":{\"size\":1,\"distance\":\"Dot\"}}")
                .result();
        List<String> points = new ArrayList<>();
        for (int i = 0; i < 1_500; i++) {
            points.add("{\"id\":%d,\"vector\":[%d],\"payload\":{\"g\":\"%s\"}}"
                    .formatted(i, 3_000 - i, i < 1_200 ? "first" : i < 1_400 ? "second" : "third"));
        }
        store.put("/collections/many/points?wait=true", "{\"points\":" + points + "}")
                .result();
        JsonNode groups = store.post("/collections/many/points/query/groups", """
                {"query":[1],"group_by":"g","group_size":2,"limit":3}""")
                .result()
                .get("groups");
        assertEquals("[first, second, third]", values(groups, "id").toString());
        assertEquals("[1400, 1401]", ids(groups.get(2).get("hits")).toString());
    }

    @Test
    void aMatrixTellsTheNearestOfEachPoint() {
        JsonNode pairs = store.post(POINTS + "/search/matrix/pairs", "{\"sample\":9,\"limit\":1}")
                .result()
                .get("pairs");
        assertEquals(
                "[{\"a\":1,\"b\":2,\"score\":2.0},{\"a\":2,\"b\":1,\"score\":2.0},{\"a\":3,\"b\":4,\"score\":3.0},"
                        + "{\"a\":4,\"b\":3,\"score\":3.0},{\"a\":5,\"b\":1,\"score\":-1.0}]",
                pairs.toString());
        assertEquals(
                "{\"offsets_row\":[0,1,2],\"offsets_col\":[1,0,0],\"scores\":[2.0,2.0,0.0],\"ids\":[1,2,3]}",
                store.post(POINTS + "/search/matrix/offsets", """
                        {"sample":9,"limit":1,"filter":{"must":{"has_id":[1,2,3]}}}""").result().toString());
        assertEquals(
                "{\"pairs\":[]}",
                store.post(POINTS + "/search/matrix/pairs", "{\"filter\":{\"must\":{\"has_id\":[1]}}}")
                        .result()
                        .toString());
    }

    @Test
    void wordsAreTakenApartAsTheOptionsSay() {
        store.put("/collections/texts", "{\"sparse_vectors\":{\"words\":{\"modifier\":\"idf\"}}}")
                .result();
        String[][] texts = {
            {"german", "Die Katzen schlafen in den Häusern"},
            {"french", "Les chevaux mangent des pommes"},
            {"none", "Running Foxes"},
            {"chinese", "向量数据库很快"}
        };
        List<String> points = new ArrayList<>();
        for (int i = 0; i < texts.length; i++) {
            points.add(("{\"id\":%d,\"vector\":{\"words\":{\"text\":\"%s\",\"model\":\"Qdrant/bm25\","
                            + "\"options\":{\"language\":\"%s\"}}}}")
                    .formatted(i, texts[i][1], texts[i][0]));
        }
        store.put("/collections/texts/points?wait=true", "{\"points\":" + points + "}")
                .result();
        assertEquals("[0]", asked("Katze im Haus", "\"language\":\"german\""));
        assertEquals("[]", asked("die in den", "\"language\":\"german\""));
        assertEquals("[1]", asked("une pomme", "\"language\":\"french\""));
        assertEquals("[]", asked("run fox", "\"language\":\"none\""));
        assertEquals("[2]", asked("foxes", "\"language\":\"none\""));
        assertEquals("[3]", asked("数据", ""));
        assertEquals("[2]", asked("FOXES", "\"tokenizer\":\"word\",\"stemmer\":{\"type\":\"none\"}"));
    }

    @Test
    void tellsHowItSearchedIfAsked() {
        JsonNode explained = store.post(POINTS + "/query", "{\"query\":[1,0],\"params\":{\"explain\":true}}")
                .result();
        assertEquals(5, explained.get("points").size());
        assertEquals("scan", explained.at("/explain/0/plan").asText());
        assertEquals(5, explained.at("/explain/0/computations").asInt());
        assertFalse(store.post(POINTS + "/query", "{\"query\":[1,0]}").result().has("explain"));
    }

    @Test
    void orderValuesAndSamplesAreTold() {
        JsonNode ordered = points("{\"query\":{\"order_by\":\"day\"}}");
        assertEquals(
                "[1767225600000000, 1767398400000000]",
                values(ordered, "order_value").toString());
        List<List<Integer>> samples = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            samples.add(ids(points("{\"query\":{\"sample\":\"random\"},\"offset\":2}")));
            assertEquals(6, samples.getLast().size());
        }
        assertNotEquals(1, samples.stream().distinct().count());
    }

    @Test
    void aPrefetchFindsNoMoreThanItsLimit() {
        JsonNode fused = points("""
                {"prefetch":[{"query":[1,0],"limit":1},{"query":[1,1],"limit":1}],"query":{"fusion":"rrf"},"limit":4}""");
        assertEquals("[2, 4]", ids(fused).toString());
        assertEquals(
                1,
                points("{\"prefetch\":{\"limit\":2},\"query\":{\"sample\":\"random\"},\"offset\":1}")
                        .size());
    }

    private String asked(String text, String options) {
        return ids(store.post("/collections/texts/points/query", """
                {"query":{"text":"%s","model":"qdrant/bm25","options":{%s}},"using":"words"}""".formatted(text, options))
                        .result()
                        .get("points"))
                .toString();
    }

    private JsonNode points(String body) {
        return store.post(POINTS + "/query", body).result().get("points");
    }

    private static List<Integer> ids(JsonNode hits) {
        List<Integer> ids = new ArrayList<>();
        hits.forEach(hit -> ids.add(hit.get("id").asInt()));
        return ids;
    }

    private static List<String> values(JsonNode nodes, String field) {
        List<String> values = new ArrayList<>();
        nodes.forEach(node -> values.add(node.get(field).asText()));
        return values;
    }

    private static void assertStartsWith(String expected, String actual) {
        assertTrue(actual.startsWith(expected.strip()), actual);
    }
}
