package dev.pagoda.workflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KnowledgeRoutesTest {
    private static final String BASES = "/platform/knowledge-bases";
    private static final String SHOP = BASES + "/shop";

    @TempDir
    Path temporary;

    private final FakeVectors vectors = new FakeVectors();
    private final FakeGateway gateway = new FakeGateway();
    private RunningModule module;

    @BeforeEach
    void start() throws Exception {
        Files.createDirectories(temporary.resolve("documents"));
        module = new RunningModule(
                temporary.resolve("data"), RunningModule.config(temporary.resolve("documents")), (_, bus) -> {
                    vectors.serve(bus);
                    gateway.serve(bus);
                });
        module.expect(201, "acme", "POST", BASES, "{\"name\":\"shop\"}");
    }

    @AfterEach
    void stop() {
        module.close();
    }

    private static String documents(String... idsAndTexts) {
        var body = new StringBuilder("{\"documents\":[");
        for (int i = 0; i < idsAndTexts.length; i += 2) {
            body.append(i > 0 ? "," : "")
                    .append("{\"id\":\"")
                    .append(idsAndTexts[i])
                    .append("\",\"title\":\"Title\",\"text\":\"")
                    .append(idsAndTexts[i + 1])
                    .append("\"}");
        }
        return body.append("]}").toString();
    }

    @Test
    void findsWhatAClientSentInBothLanguages() throws Exception {
        var report = module.expect(
                200,
                "acme",
                "POST",
                SHOP + "/ingest",
                documents("en-1", "Parcels leave the warehouse every morning.", "zh-1", "包裹每天早上从仓库发出。"));
        assertEquals(2, report.get("added").asInt());
        assertEquals(2, report.get("chunks").asInt());
        var english = module.expect(200, "acme", "GET", SHOP + "/search?q=when%20do%20parcels%20leave&limit=1", "");
        assertEquals("en-1", english.at("/passages/0/document").asText());
        assertEquals("en", english.at("/passages/0/language").asText());
        var chinese = module.expect(200, "acme", "POST", SHOP + "/search", "{\"query\":\"包裹什么时候发出？\",\"limit\":1}");
        assertEquals("zh-1", chinese.at("/passages/0/document").asText());
    }

    @Test
    void ingestsTheSameAgainWithoutWork() throws Exception {
        var sent = documents("a", "One text.", "b", "Another text.");
        module.expect(200, "acme", "POST", SHOP + "/ingest", sent);
        long embedded = gateway.texts();
        var again = module.expect(200, "acme", "POST", SHOP + "/ingest", sent);
        assertEquals(2, again.get("unchanged").asInt());
        assertEquals(embedded, gateway.texts());
        assertEquals(2, vectors.size());
    }

    @Test
    void replacesAChangedDocumentWhole() throws Exception {
        var longText = "A sentence of the first version stands here. ".repeat(20);
        module.expect(200, "acme", "POST", SHOP + "/ingest", documents("a", longText));
        assertTrue(vectors.size() > 2);
        var report = module.expect(200, "acme", "POST", SHOP + "/ingest", documents("a", "Short now."));
        assertEquals(1, report.get("updated").asInt());
        assertEquals(1, vectors.size());
        assertEquals(
                1, module.expect(200, "acme", "GET", SHOP, "").get("chunks").asInt());
    }

    @Test
    void followsAFolderThatChanges() throws Exception {
        var folder = temporary.resolve("documents");
        Files.writeString(folder.resolve("keep.txt"), "This file stays.");
        Files.writeString(folder.resolve("change.md"), "# Old\n\nOld text.");
        Files.writeString(folder.resolve("vanish.html"), "<p>This file goes.</p>");
        Files.write(folder.resolve("bad.pdf"), new byte[] {1, 2, 3});
        var ingest = "{\"folder\":\"" + folder + "\"}";
        var first = module.expect(200, "acme", "POST", SHOP + "/ingest", ingest);
        assertEquals(3, first.get("added").asInt());
        assertEquals(1, first.get("failed").asInt());
        assertEquals("bad.pdf", first.at("/problems/0/document").asText());
        module.expect(200, "acme", "POST", SHOP + "/ingest", documents("sent", "A client sent this."));

        Files.writeString(folder.resolve("change.md"), "# New\n\nNew text.");
        Files.delete(folder.resolve("vanish.html"));
        var second = module.expect(200, "acme", "POST", SHOP + "/ingest", ingest);
        assertEquals(1, second.get("unchanged").asInt());
        assertEquals(1, second.get("updated").asInt());
        assertEquals(1, second.get("removed").asInt());
        assertEquals(3, vectors.size(), "keep, change and what the client sent");
    }

    @Test
    void refusesAFolderOutsideTheRoots() throws Exception {
        var refused = module.expect(400, "acme", "POST", SHOP + "/ingest", "{\"folder\":\"" + temporary + "\"}");
        assertTrue(refused.get("detail").asText().contains("permitted roots"), refused.toString());
    }

    @Test
    void readsAFileSentAsBase64AndReportsOneThatIsNone() throws Exception {
        var html = Base64.getEncoder()
                .encodeToString("<title>Hours</title><p>Open from nine.</p>".getBytes(StandardCharsets.UTF_8));
        var report = module.expect(
                200,
                "acme",
                "POST",
                SHOP + "/ingest",
                "{\"documents\":[{\"id\":\"hours.html\",\"data\":\"" + html
                        + "\"},{\"id\":\"x.pdf\",\"data\":\"AAAA\"},{\"id\":\"empty\",\"text\":\"  \"}]}");
        assertEquals(1, report.get("added").asInt());
        assertEquals(2, report.get("failed").asInt());
        var found = module.expect(200, "acme", "GET", SHOP + "/search?q=open+nine", "");
        assertEquals("Hours", found.at("/passages/0/title").asText());
    }

    @Test
    void tellsItsProgressAsEvents() throws Exception {
        var response = module.send(
                "acme",
                "POST",
                SHOP + "/ingest",
                documents("a", "One.", "b", "Two.").replaceFirst("\\{", "{\"stream\":true,"));
        assertEquals(
                "text/event-stream; charset=utf-8",
                response.headers().firstValue("content-type").orElseThrow());
        assertTrue(response.body().contains("\"event\":\"ingest_progress\""), response.body());
        assertTrue(response.body().contains("\"event\":\"ingest_finished\""), response.body());
        assertTrue(response.body().endsWith("\n\n"), response.body());
    }

    @Test
    void keepsTenantsApart() throws Exception {
        module.expect(200, "acme", "POST", SHOP + "/ingest", documents("a", "Secret text."));
        module.expect(404, "other", "GET", SHOP, "");
        module.expect(404, "other", "GET", SHOP + "/search?q=secret", "");
        module.expect(404, "other", "POST", SHOP + "/ingest", documents("b", "Mine."));
        module.expect(404, "other", "DELETE", SHOP, "");
        assertEquals(
                0, module.expect(200, "other", "GET", BASES, "").get("data").size());
        module.expect(201, "other", "POST", BASES, "{\"name\":\"shop\"}");
        assertEquals(
                0,
                module.expect(200, "other", "GET", SHOP + "/search?q=secret", "")
                        .get("passages")
                        .size());
    }

    @Test
    void deletesWhatItHolds() throws Exception {
        module.expect(200, "acme", "POST", SHOP + "/ingest", documents("a", "Text."));
        module.expect(204, "acme", "DELETE", SHOP, "");
        module.expect(404, "acme", "GET", SHOP, "");
        assertEquals(0, vectors.collections());
        module.expect(201, "acme", "POST", BASES, "{\"name\":\"shop\"}");
    }

    @Test
    void deletesAKnowledgeBaseThatNeverHeldAnything() throws Exception {
        module.expect(204, "acme", "DELETE", SHOP, "");
        module.expect(404, "acme", "GET", SHOP, "");
    }

    @Test
    void refusesBadInputInThePlatformsForm() throws Exception {
        assertDetail(400, "POST", BASES, "{\"name\":", "not well-formed JSON at line 1");
        assertDetail(400, "POST", BASES, "", "no body");
        assertDetail(400, "POST", BASES, "[]", "wrong type");
        assertDetail(400, "POST", BASES, "{\"name\":7}", "\"name\"");
        assertDetail(400, "POST", BASES, "{\"nam\":\"x\"}", "unknown field \"nam\"");
        assertDetail(400, "POST", BASES, "{\"name\":\"a/b\"}", "a/b");
        assertDetail(409, "POST", BASES, "{\"name\":\"shop\"}", "already");
        assertDetail(400, "POST", SHOP + "/ingest", "{}", "either");
        assertDetail(400, "POST", SHOP + "/ingest", "{\"documents\":[]}", "1 to 100");
        assertDetail(400, "POST", SHOP + "/ingest", "{\"documents\":[{\"text\":\"x\"}]}", "documents.0");
        assertDetail(400, "POST", SHOP + "/ingest", "{\"documents\":[{\"id\":\"x\"}]}", "documents.0");
        assertDetail(400, "POST", SHOP + "/ingest", "{\"documents\":[{\"id\":\"x\",\"data\":\"!\"}]}", "not Base64");
        assertDetail(413, "POST", SHOP + "/ingest", documents("a", "x".repeat(200_000)), "larger");
        assertDetail(400, "GET", SHOP + "/search", "", "no question");
        assertDetail(400, "GET", SHOP + "/search?q=x&limit=0", "", "limit 0");
        assertDetail(400, "GET", SHOP + "/search?q=x&limit=many", "", "many");
        assertDetail(400, "POST", SHOP + "/search", "{\"query\":\"x\",\"limit\":1000}", "1000");
        assertDetail(400, "POST", SHOP + "/search", "{\"query\":\" \"}", "1 to 4000");
        assertDetail(404, "GET", BASES + "/none", "", "none");
        assertDetail(404, "GET", SHOP + "/nothing/here", "", "not a known path");
        assertEquals(401, module.send("thief", "GET", BASES, "").statusCode());
        assertEquals(0, vectors.size());
    }

    @Test
    void countsADocumentThatIsTooLargeAsFailed() throws Exception {
        var report = module.expect(
                200, "acme", "POST", SHOP + "/ingest", documents("big", "x".repeat(10_001), "ok", "Fine."));
        assertEquals(1, report.get("failed").asInt());
        assertEquals(1, report.get("added").asInt());
        assertTrue(report.at("/problems/0/reason").asText().contains("10001"), report.toString());
    }

    @Test
    void refusesMoreKnowledgeBasesThanATenantMayHave() throws Exception {
        module.expect(201, "acme", "POST", BASES, "{\"name\":\"二\"}");
        module.expect(201, "acme", "POST", BASES, "{\"name\":\"three\"}");
        module.expect(429, "acme", "POST", BASES, "{\"name\":\"four\"}");
        assertEquals(
                "二",
                module.expect(200, "acme", "GET", BASES + "/%E4%BA%8C", "")
                        .get("name")
                        .asText());
    }

    private void assertDetail(int status, String method, String path, String body, String part) throws Exception {
        var refused = module.expect(status, "acme", method, path, body);
        assertTrue(refused.get("detail").asText().contains(part), method + " " + path + ": " + refused);
        assertEquals(status, refused.get("status").asInt());
        assertFalse(refused.get("title").asText().isEmpty());
    }
}
