package dev.pagoda.deploy.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PageFilesTest {

    private static final Pattern IMPORT = Pattern.compile("from '\\./([^']+)'");
    private static final Pattern ABSOLUTE = Pattern.compile("[\"'(]/console/([a-zA-Z][\\w./-]*)[\"')]");
    private static final Pattern INLINE = Pattern.compile("<script(?![^>]*src=)|<style|\\sstyle=\"|\\son[a-z]+=\"");

    @Test
    void servesEveryFileOfTheFolderAndNoOther() throws IOException, URISyntaxException {
        try (var found = Files.walk(folder())) {
            var names = found.filter(Files::isRegularFile)
                    .map(path -> folder().relativize(path).toString().replace('\\', '/'))
                    .toList();

            assertEquals(new TreeSet<>(names), new TreeSet<>(PageFiles.NAMES));
        }
    }

    @Test
    void everyImportAndLinkIsServed() throws IOException {
        for (var name : ours()) {
            var text = Files.readString(folder().resolve(name), StandardCharsets.UTF_8);
            for (var pattern : List.of(IMPORT, ABSOLUTE)) {
                for (var match : pattern.matcher(text).results().toList()) {
                    var target = match.group(1);
                    assertTrue(
                            PageFiles.NAMES.contains(target) || target.equals("events"),
                            name + " refers to " + target + ", which is not served");
                }
            }
        }
    }

    @Test
    void thePageHasNothingInline() throws IOException {
        var index = Files.readString(folder().resolve(PageFiles.INDEX), StandardCharsets.UTF_8);

        assertFalse(INLINE.matcher(index).find());
    }

    @Test
    void nothingComesFromAnotherSite() throws IOException {
        for (var name : ours()) {
            var text = Files.readString(folder().resolve(name), StandardCharsets.UTF_8)
                    .replace("http://www.w3.org/2000/svg", "");

            assertFalse(text.contains("://"), name + " names another site");
        }
    }

    private static List<String> ours() {
        return PageFiles.NAMES.stream()
                .filter(name -> !name.startsWith("vendor/"))
                .toList();
    }

    private static Path folder() {
        try {
            var index = Objects.requireNonNull(PageFiles.class.getResource("/console/" + PageFiles.INDEX));
            return Objects.requireNonNull(Path.of(index.toURI()).getParent());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
