package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.ServedStore.Answer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Other names of collections, as clients change and use them.
class AliasesHttpTest {
    @TempDir
    Path home;

    private ServedStore store;

    @BeforeEach
    void start() {
        store = new ServedStore(home);
        for (String name : new String[] {"one", "two"}) {
            store.put("/collections/" + name, "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"}}")
                    .result();
            store.put(
                            "/collections/" + name + "/points",
                            "{\"points\":[{\"id\":1,\"vector\":[1,0],\"payload\":{\"of\":\"" + name + "\"}}]}")
                    .result();
        }
    }

    @AfterEach
    void stop() {
        store.close();
    }

    @Test
    void anAliasIsReadAndWrittenLikeTheCollectionItMeans() {
        assertTrue(change(create("one", "now")).result().asBoolean());
        assertEquals("one", of("now"));
        assertTrue(store.get("/collections/now/exists").result().get("exists").asBoolean());
        assertEquals(
                1, store.get("/collections/now").result().get("points_count").asInt());
        store.put("/collections/now/points", "{\"points\":[{\"id\":2,\"vector\":[0,1]}]}")
                .result();
        store.put("/collections/now/index", "{\"field_name\":\"of\",\"field_schema\":\"keyword\"}")
                .result();
        assertEquals(
                2, store.get("/collections/one").result().get("points_count").asInt());
        assertEquals(
                1,
                store.post("/collections/now/points/query", "{\"query\":[1,0],\"limit\":1}")
                        .result()
                        .get("points")
                        .size());
    }

    @Test
    void listsAliasesOfAllAndOfOneCollection() {
        change(create("one", "b"), create("two", "c"), create("one", "a")).result();
        assertEquals(
                "[{\"alias_name\":\"a\",\"collection_name\":\"one\"},{\"alias_name\":\"b\",\"collection_name\":\"one\"},"
                        + "{\"alias_name\":\"c\",\"collection_name\":\"two\"}]",
                store.get("/aliases").result().get("aliases").toString());
        assertEquals(
                "[{\"alias_name\":\"c\",\"collection_name\":\"two\"}]",
                store.get("/collections/two/aliases").result().get("aliases").toString());
        assertEquals(404, store.get("/collections/none/aliases").status());
    }

    @Test
    void severalActionsSwitchAnAliasAtOnce() {
        change(create("one", "now")).result();
        change("{\"delete_alias\":{\"alias_name\":\"now\"}}", create("two", "now"))
                .result();
        assertEquals("two", of("now"));
        change(rename("now", "later"), create("one", "now")).result();
        assertEquals("one", of("now"));
        assertEquals("two", of("later"));
    }

    @Test
    void anAliasThatIsCreatedAgainMeansTheOtherCollection() {
        change(create("one", "now")).result();
        change(create("two", "now")).result();
        assertEquals("two", of("now"));
    }

    @Test
    void oneActionThatCannotBeLeavesAllUndone() {
        change(create("one", "now")).result();
        Answer missing = change(create("two", "now"), create("none", "other"));
        assertEquals(404, missing.status());
        assertEquals("Not found: Collection `none` doesn't exist!", missing.error());
        assertEquals("one", of("now"));
        Answer taken = change(create("two", "other"), create("two", "one"));
        assertEquals(409, taken.status());
        assertEquals("Wrong input: Collection `one` already exists!", taken.error());
        Answer unknown = change(create("two", "other"), rename("gone", "here"));
        assertEquals(404, unknown.status());
        assertEquals("Not found: Alias gone does not exists!", unknown.error());
        assertEquals(1, store.get("/aliases").result().get("aliases").size());
    }

    @Test
    void deletingAnAliasThatIsNotThereIsFine() {
        assertTrue(
                change("{\"delete_alias\":{\"alias_name\":\"never\"}}").result().asBoolean());
        assertTrue(change().result().asBoolean());
    }

    @Test
    void malformedActionsAreRefused() {
        assertEquals(400, change("{\"make_alias\":{}}").status());
        assertEquals(400, change("{\"create_alias\":{\"alias_name\":\"a\"}}").status());
        assertEquals(
                400,
                change("{\"create_alias\":{\"alias_name\":1,\"collection_name\":\"one\"}}")
                        .status());
        assertEquals(400, store.post("/collections/aliases", "{}").status());
        assertEquals(422, change(create("one", "")).status());
        assertEquals(
                422,
                store.post("/collections/aliases?timeout=0", "{\"actions\":[]}").status());
    }

    @Test
    void aNewCollectionCannotHaveTheNameOfAnAlias() {
        change(create("one", "now")).result();
        Answer refused = store.put("/collections/now", "{\"vectors\":{\"size\":1,\"distance\":\"Dot\"}}");
        assertEquals(400, refused.status());
        assertEquals(
                "Wrong input: Can't create collection with name now. Alias with the same name already exists",
                refused.error());
    }

    @Test
    void anAliasNeitherDropsNorReconfiguresACollection() {
        change(create("one", "now")).result();
        assertFalse(store.delete("/collections/now").result().asBoolean());
        assertEquals(
                404, store.patch("/collections/now", "{\"metadata\":{\"a\":1}}").status());
        assertEquals("one", of("now"));
    }

    @Test
    void droppingACollectionTakesItsAliasesAlong() {
        change(create("one", "now"), create("two", "later")).result();
        store.delete("/collections/one").result();
        assertEquals(
                "[{\"alias_name\":\"later\",\"collection_name\":\"two\"}]",
                store.get("/aliases").result().get("aliases").toString());
        assertEquals(404, store.get("/collections/now").status());
        store.put("/collections/one", "{\"vectors\":{}}").result();
        assertEquals(404, store.get("/collections/now").status());
    }

    @Test
    void aliasesAreThereAfterARestartAndAfterOneMore() {
        change(create("one", "now"), create("two", "later"), create("two", "gone"))
                .result();
        change("{\"delete_alias\":{\"alias_name\":\"gone\"}}").result();
        for (int restart = 0; restart < 2; restart++) {
            store.close();
            store = new ServedStore(home);
            assertEquals("one", of("now"));
            assertEquals(2, store.get("/aliases").result().get("aliases").size());
        }
        change(create("two", "now")).result();
        store.close();
        store = new ServedStore(home);
        assertEquals("two", of("now"));
    }

    private String of(String alias) {
        return store.get("/collections/" + alias + "/points/1")
                .result()
                .at("/payload/of")
                .asText();
    }

    private Answer change(String... actions) {
        return store.post("/collections/aliases", "{\"actions\":[" + String.join(",", actions) + "]}");
    }

    private static String create(String collection, String alias) {
        return "{\"create_alias\":{\"collection_name\":\"" + collection + "\",\"alias_name\":\"" + alias + "\"}}";
    }

    private static String rename(String from, String to) {
        return "{\"rename_alias\":{\"old_alias_name\":\"" + from + "\",\"new_alias_name\":\"" + to + "\"}}";
    }
}
