package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LastWordsTest {
    @TempDir
    Path folder;

    private Path log(String text) throws IOException {
        return Files.writeString(folder.resolve("log"), text);
    }

    @Test
    void theLastFiveLinesAreTold() throws IOException {
        assertEquals(": 2 | 3 | 4 | 5 | 6", LastWords.of(log("1\n2\n3\n4\n5\n6\n")));
        assertEquals(": only one", LastWords.of(log("only one")));
    }

    @Test
    void whoSaidNothingOrHasNoLogIsToldSo() throws IOException {
        assertEquals(" and said nothing", LastWords.of(log("\n \n")));
        Path missing = folder.resolve("missing");
        assertEquals("; its log " + missing + " cannot be read", LastWords.of(missing));
    }
}
