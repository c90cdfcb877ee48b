package dev.pagoda.workflow.rag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.workflow.rag.DocumentSource.Outcome;
import dev.pagoda.workflow.rag.FolderReader.Listing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FolderReaderTest {
    @TempDir
    Path temporary;

    private Path root = Path.of("");
    private FolderReader reader = new FolderReader(List.of(), 1, 1);

    @BeforeEach
    void permitOneRoot() throws IOException {
        root = Files.createDirectories(temporary.resolve("permitted"));
        reader = new FolderReader(List.of(root), 3, 1_000);
        Files.writeString(temporary.resolve("outside.txt"), "secret");
    }

    @Test
    void listsDocumentsInOrderAndNamesTheOthers() throws IOException {
        Files.createDirectories(root.resolve("sub/.git"));
        Files.writeString(root.resolve("sub/b.md"), "# B\n\ntext");
        Files.writeString(root.resolve("sub/.git/c.txt"), "hidden");
        Files.writeString(root.resolve("a.txt"), "text");
        Files.writeString(root.resolve("image.png"), "png");
        var found = assertInstanceOf(Listing.Found.class, reader.list(root.toString()));
        assertEquals(
                List.of("a.txt", "sub/b.md"),
                found.files().stream()
                        .map(file -> found.folder().relativize(file).toString())
                        .toList());
        assertEquals("image.png", found.problems().getFirst().document());
        var read = assertInstanceOf(
                Outcome.Read.class, reader.read(found.folder(), found.files().getLast()));
        assertEquals(new Document("sub/b.md", "B", "B\n\ntext"), read.document());
    }

    @Test
    void refusesFoldersOutsideTheRoots() throws IOException {
        Files.createSymbolicLink(root.resolve("escape"), temporary);
        for (var folder : List.of(
                temporary.toString(), root + "/..", root + "/escape", root + "/none", "\0", root + "evil", "/")) {
            var refused = assertInstanceOf(Listing.Refused.class, reader.list(folder), folder);
            assertTrue(refused.reason().contains("permitted roots"), refused.reason());
        }
    }

    @Test
    void doesNotFollowLinksInsideTheFolder() throws IOException {
        Files.createSymbolicLink(root.resolve("link.txt"), temporary.resolve("outside.txt"));
        var found = assertInstanceOf(Listing.Found.class, reader.list(root.toString()));
        assertEquals(List.of(), found.files());
        assertTrue(found.problems().getFirst().reason().contains("symbolic"));
        assertInstanceOf(Outcome.Failed.class, reader.read(found.folder(), root.resolve("link.txt")));
    }

    @Test
    void refusesMoreFilesThanAllowed() throws IOException {
        for (int i = 0; i < 4; i++) {
            Files.writeString(root.resolve(i + ".txt"), "text");
        }
        assertInstanceOf(Listing.Refused.class, reader.list(root.toString()));
    }

    @Test
    void reportsAFileThatIsTooLargeAndReadsTheOthers() throws IOException {
        Files.writeString(root.resolve("big.txt"), "x".repeat(1_001));
        Files.writeString(root.resolve("small.txt"), "fine");
        var found = assertInstanceOf(Listing.Found.class, reader.list(root.toString()));
        var failed = assertInstanceOf(
                Outcome.Failed.class, reader.read(found.folder(), found.files().getFirst()));
        assertEquals("big.txt", failed.problem().document());
        assertInstanceOf(
                Outcome.Read.class, reader.read(found.folder(), found.files().getLast()));
    }
}
