package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every kind of query over every kind of field.
class EveryQueryTest {
    private static final String POINTS = "/collections/docs/points";

    /// The one point without vectors.
    private static final int BARE = 9;

    /// Queries, with a vector of the field for `V` and its name for `F`.
    private static final List<String> QUERIES = List.of(
            "'query':V",
            "'query':1",
            "'query':{'nearest':V,'mmr':{'diversity':0.5}}",
            "'query':{'recommend':{'positive':[1]}}",
            "'query':{'recommend':{'positive':[V,1],'negative':[2]}}",
            "'query':{'recommend':{'positive':[V,1],'negative':[2],'strategy':'best_score'}}",
            "'query':{'recommend':{'negative':[2],'strategy':'sum_scores'}}",
            "'query':{'discover':{'target':V,'context':[{'positive':1,'negative':2}]}}",
            "'query':{'context':[{'positive':1,'negative':V}]}",
            "'query':{'relevance_feedback':{'target':V,'feedback':[{'example':1,'score':0.5},"
                    + "{'example':2,'score':0.1}],'strategy':{'naive':{'a':1,'b':1,'c':1}}}}",
            "'prefetch':{'query':V,'using':'F','limit':3},'query':V",
            "'query':V,'params':{'exact':true,'hnsw_ef':5,'quantization':{'rescore':false,'oversampling':2.0}}",
            "'query':V,'filter':{'must':{'key':'g','match':{'value':'a'}}}");

    @TempDir
    static Path home;

    private static ServedStore store;

    /// The fields, each with two vectors that fit it.
    enum Field {
        FLOATS("[1,2]", "[2,-1]"),
        HALVES("[1,2]", "[2,-1]"),
        BYTES("[1,200]", "[3,0]"),
        DIRECTIONS("[0,0]", "[3,1]"),
        FLAT("[1,2]", "[3,1]"),
        TOKENS("[[1,2],[3,4]]", "[[0.5,0.5]]"),
        BYTE_TOKENS("[[1,2],[0,0]]", "[[9,5]]"),
        SPARSE("{'indices':[1,7],'values':[1,2]}", "{'indices':[7],'values':[1]}"),
        WORDS("{'text':'brave new world','model':'qdrant/bm25'}", "{'text':'world','model':'qdrant/bm25'}");

        private final String vector;
        private final String other;

        Field(String vector, String other) {
            this.vector = vector;
            this.other = other;
        }
    }

    @BeforeAll
    static void start() {
        store = new ServedStore(home);
        String multi = "'multivector_config':{'comparator':'max_sim'}";
        store.put(
                        "/collections/docs",
                        json("{'vectors':{'FLOATS':{'size':2,'distance':'Euclid'},"
                                + "'HALVES':{'size':2,'distance':'Dot','datatype':'float16'},"
                                + "'BYTES':{'size':2,'distance':'Cosine','datatype':'uint8'},"
                                + "'DIRECTIONS':{'size':2,'distance':'Cosine'},"
                                + "'FLAT':{'size':2,'distance':'Manhattan','hnsw_config':{'m':0}},"
                                + "'TOKENS':{'size':2,'distance':'Euclid'," + multi + "},"
                                + "'BYTE_TOKENS':{'size':2,'distance':'Cosine','datatype':'uint8'," + multi + "}},"
                                + "'sparse_vectors':{'SPARSE':{},'WORDS':{'modifier':'idf'}}}"))
                .result();
        List<String> points = new ArrayList<>();
        for (int id = 0; id <= BARE; id++) {
            List<String> vectors = new ArrayList<>();
            for (Field field : Field.values()) {
                if (id < BARE) {
                    vectors.add("'" + field + "':" + (id % 3 == 0 ? field.other : field.vector));
                }
            }
            points.add("{'id':" + id + ",'payload':{'g':'" + (id % 2 == 0 ? "a" : "b") + "'},'vector':{"
                    + String.join(",", vectors) + "}}");
        }
        store.put(POINTS, json("{'points':[" + String.join(",", points) + "]}")).result();
    }

    @AfterAll
    static void stop() {
        store.close();
    }

    @ParameterizedTest
    @EnumSource
    void isAnsweredWithFiniteScores(Field field) {
        for (String query : QUERIES) {
            String body = json("{" + query.replace("V", field.vector).replace("'F'", "'" + field + "'") + ",'using':'"
                    + field + "'}");
            JsonNode points = store.post(POINTS + "/query", body).result().get("points");
            assertFalse(points.isEmpty(), body);
            for (JsonNode point : points) {
                assertTrue(Double.isFinite(point.get("score").asDouble()), body + " " + point);
                assertTrue(point.get("id").asInt() != BARE, body + " " + point);
            }
            assertEquals(points, store.post(POINTS + "/query", body).result().get("points"), body);
        }
    }

    @ParameterizedTest
    @EnumSource
    void groupsAndPairsAreFound(Field field) {
        String grouped =
                json("{'query':" + field.vector + ",'using':'" + field + "','group_by':'g','group_size':2,'limit':5}");
        JsonNode groups = store.post(POINTS + "/query/groups", grouped).result().get("groups");
        assertEquals(2, groups.size());
        for (JsonNode group : groups) {
            assertEquals(2, group.get("hits").size(), group::toString);
        }
        String pairs = json("{'using':'" + field + "','limit':2,'sample':100}");
        JsonNode found =
                store.post(POINTS + "/search/matrix/pairs", pairs).result().get("pairs");
        assertEquals(2 * BARE, found.size(), found::toString);
    }

    private static String json(String singleQuoted) {
        return singleQuoted.replace('\'', '"');
    }
}
