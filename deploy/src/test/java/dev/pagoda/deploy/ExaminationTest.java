package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.pagoda.deploy.Examination.Finding;
import dev.pagoda.deploy.Examination.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExaminationTest {
    @TempDir
    Path folder;

    @Test
    void warnsOfATakenPortAndLeavesNothingBehind() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<Finding> findings = new Examination(taken.getLocalPort(), folder.resolve("data")).findings();
            assertEquals(Verdict.FAIL, find(findings, "port").verdict());
            assertFalse(find(findings, "port").advice().isEmpty());
            assertEquals(Verdict.OK, find(findings, "jdk").verdict());
            assertEquals(Verdict.OK, find(findings, "disk").verdict());
        }
        try (var left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    private static Finding find(List<Finding> findings, String subject) {
        return findings.stream()
                .filter(finding -> finding.subject().equals(subject))
                .findFirst()
                .orElseThrow();
    }
}
