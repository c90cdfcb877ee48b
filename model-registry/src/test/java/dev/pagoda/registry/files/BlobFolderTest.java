package dev.pagoda.registry.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlobFolderTest {
    @TempDir
    Path folder;

    @Test
    void keepsContentsByName() throws Exception {
        BlobFolder blobs = BlobFolder.open(Optional.of(folder.resolve("blobs")));
        blobs.put("a", new byte[] {1, 2});
        blobs.put("a", new byte[] {3});
        blobs.put("empty", new byte[0]);
        blobs.close();

        BlobFolder again = BlobFolder.open(Optional.of(folder.resolve("blobs")));
        assertArrayEquals(new byte[] {3}, again.read("a").orElseThrow());
        assertArrayEquals(new byte[0], again.read("empty").orElseThrow());
        again.delete("a");
        again.delete("a");
        assertTrue(again.read("a").isEmpty());
    }

    @Test
    void sweepsWhatAStopHasLeft() throws Exception {
        BlobFolder blobs = BlobFolder.open(Optional.of(folder));
        blobs.put("a", new byte[] {1});
        blobs.put("b", new byte[] {2});
        Files.write(folder.resolve("c.part"), new byte[] {3});
        blobs.keepOnly(Set.of("a"));
        try (var left = Files.list(folder)) {
            assertEquals(
                    Set.of("a"), left.map(file -> file.getFileName().toString()).collect(Collectors.toSet()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "..", "a/b", "../a", "a.part", "a\u0000"})
    void refusesNamesThatLeadElsewhere(String name) {
        BlobFolder blobs = BlobFolder.open(Optional.of(folder));
        assertThrows(IllegalArgumentException.class, () -> blobs.read(name));
        assertThrows(IllegalArgumentException.class, () -> blobs.put(name, new byte[0]));
    }

    @Test
    void aTemporaryFolderIsGoneAfterwards() throws Exception {
        BlobFolder blobs = BlobFolder.open(Optional.empty());
        blobs.put("a", new byte[] {1});
        blobs.close();
        assertFalse(blobs.read("a").isPresent());
    }
}
