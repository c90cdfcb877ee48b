package dev.pagoda.workflow.rag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JudgedSetTest {
    @TempDir
    Path folder;

    @BeforeEach
    void write() throws IOException {
        Files.writeString(folder.resolve("corpus.jsonl"), "{\"_id\":\"d1\",\"title\":\"A_B\",\"text\":\"text\"}\n");
        Files.writeString(
                folder.resolve("queries.jsonl"),
                "{\"_id\":\"q1\",\"text\":\"asked\"}\n{\"_id\":\"q2\",\"text\":\"not judged\"}\n");
        Files.writeString(folder.resolve("qrels.tsv"), "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t0\n");
    }

    @Test
    void readsJudgedQuestionsOnly() throws IOException {
        var set = JudgedSet.read(folder);
        assertEquals("A B", set.documents().getFirst().title());
        assertEquals(1, set.questions().size());
        assertEquals(Set.of("d1"), set.questions().getFirst().answeredBy());
    }

    @Test
    void namesFileAndLineOfWhatIsBroken() throws IOException {
        Files.writeString(folder.resolve("qrels.tsv"), "header\nq1 d1 1\n");
        assertBroken("qrels.tsv line 2");
        Files.writeString(folder.resolve("corpus.jsonl"), "{\"_id\":\"d1\",\"text\":\"t\"}\n{\"_id\":");
        assertBroken("corpus.jsonl line 2 is not JSON");
        Files.writeString(folder.resolve("corpus.jsonl"), "{\"_id\":\"d1\"}");
        assertBroken("corpus.jsonl line 1 has no text \"text\"");
    }

    private void assertBroken(String part) {
        var message =
                assertThrows(IOException.class, () -> JudgedSet.read(folder)).getMessage();
        assertTrue(String.valueOf(message).contains(part), message);
    }
}
