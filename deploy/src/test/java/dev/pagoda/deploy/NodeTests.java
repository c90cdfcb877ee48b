package dev.pagoda.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Test files for Node that talk to a running platform through npm's clients, in the versions of the lock file.
final class NodeTests {
    private static final Path SOURCES = Path.of("src", "test", "node");
    private static final Path HOME = Path.of("target", "node");
    private static final List<String> MANIFESTS = List.of("package.json", "package-lock.json");
    private static final int INSTALL_MINUTES = 5;
    private static final int RUN_MINUTES = 5;
    private static final Pattern PASSED = Pattern.compile("(?m)^# pass (\\d+)$");

    private NodeTests() {}

    /// @param passed     tests that passed
    /// @param transcript what Node printed
    record Outcome(int exitCode, int passed, String transcript) {}

    /// Installs the clients where they are not yet, and runs one file.
    static Outcome run(String file, RunningPlatform platform) throws IOException, InterruptedException {
        return run(file, platform, Map.of());
    }

    /// @param more that the file is told by its environment
    static Outcome run(String file, RunningPlatform platform, Map<String, String> more)
            throws IOException, InterruptedException {
        install();
        Files.copy(SOURCES.resolve(file), HOME.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        Map<String, String> environment = new HashMap<>(more);
        environment.put("PAGODA_URL", platform.url(""));
        environment.put("PAGODA_API_KEY", platform.key());
        environment.put("NODE_NO_WARNINGS", "1");
        Launch launch = launch(RUN_MINUTES, environment, "node", "--test-reporter=tap", "--test", file);
        Matcher passed = PASSED.matcher(launch.said());
        return new Outcome(launch.exitCode(), passed.find() ? Integer.parseInt(passed.group(1)) : 0, launch.said());
    }

    private static synchronized void install() throws IOException, InterruptedException {
        Files.createDirectories(HOME);
        boolean isInstalled = Files.isDirectory(HOME.resolve("node_modules"));
        for (String manifest : MANIFESTS) {
            Path ours = HOME.resolve(manifest);
            isInstalled &= Files.exists(ours) && Files.mismatch(SOURCES.resolve(manifest), ours) < 0;
            Files.copy(SOURCES.resolve(manifest), ours, StandardCopyOption.REPLACE_EXISTING);
        }
        if (isInstalled) {
            return;
        }
        Launch npm = launch(
                INSTALL_MINUTES,
                Map.of(),
                "npm",
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--omit=peer",
                "--omit=optional");
        if (npm.exitCode() != 0) {
            throw new IllegalStateException("npm could not install the clients: " + npm.said());
        }
    }

    private record Launch(int exitCode, String said) {}

    private static Launch launch(int minutes, Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        Path said = HOME.resolve(command[0] + ".log").toAbsolutePath();
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(HOME.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(minutes, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new IllegalStateException(String.join(" ", command) + " has not ended after " + minutes + " minutes: "
                    + Files.readString(said));
        }
        return new Launch(process.exitValue(), Files.readString(said));
    }
}
