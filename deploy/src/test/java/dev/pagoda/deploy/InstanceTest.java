package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstanceTest {
    @TempDir
    Path folder;

    @Test
    void isFoundWhileItRunsAndNotAfterwards() throws IOException {
        Path data = folder.resolve("new").resolve("data");
        try (Instance claimed = Instance.claim(data)) {
            assertEquals(Optional.of(ProcessHandle.current()), Instance.running(data), claimed::toString);
        }
        assertTrue(Instance.running(data).isEmpty());
    }

    @Test
    void refusesASecondOneOnTheSameFolder() throws IOException {
        try (Instance first = Instance.claim(folder)) {
            StartRefused refused = assertThrows(StartRefused.class, () -> Instance.claim(folder), first::toString);
            assertEquals(
                    "another platform runs on the data folder " + folder + " (process "
                            + ProcessHandle.current().pid()
                            + "); stop it with ./pagoda stop or choose another folder with --data",
                    refused.getMessage());
        }
        Instance.claim(folder).close();
    }

    @Test
    void doesNotTakeAnotherProcessOfTheSameNumberForThePlatform() throws IOException {
        try (Instance claimed = Instance.claim(folder)) {
            long pid = ProcessHandle.current().pid();
            Files.writeString(folder.resolve("pagoda.pid"), pid + " 1000\n");
            assertTrue(Instance.running(folder).isEmpty(), claimed::toString);
        }
    }

    @Test
    void doesNotBelieveAFileThatACrashLeft() throws IOException {
        ProcessHandle self = ProcessHandle.current();
        long started = self.info().startInstant().orElseThrow().toEpochMilli();
        Files.writeString(folder.resolve("pagoda.pid"), self.pid() + " " + started + "\n");
        Files.writeString(folder.resolve("pagoda.lock"), "");
        assertTrue(Instance.running(folder).isEmpty());
    }

    @Test
    void refusesAFileInPlaceOfTheFolder() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        StartRefused refused = assertThrows(StartRefused.class, () -> Instance.claim(file));
        assertEquals("the data folder " + file + " is a file, expected a folder", refused.getMessage());
        assertFalse(Files.isDirectory(file));
    }
}
