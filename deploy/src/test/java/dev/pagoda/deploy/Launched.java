package dev.pagoda.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// What a run of the launcher script said, and its exit code.
record Launched(int exitCode, String out, String err, double seconds) {
    private static final int LIMIT_SECONDS = 300;

    static Launched run(Path script, Path folder, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        Path out = Files.createTempFile(folder, "out", ".txt");
        Path err = Files.createTempFile(folder, "err", ".txt");
        long start = System.nanoTime();
        Process process = start(script, folder, environment, out, err, arguments);
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IllegalStateException(List.of(arguments) + " runs longer than " + LIMIT_SECONDS + " s");
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        Launched launched = new Launched(process.exitValue(), Files.readString(out), Files.readString(err), seconds);
        Files.delete(out);
        Files.delete(err);
        return launched;
    }

    static Process start(
            Path script, Path folder, Map<String, String> environment, Path out, Path err, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("PAGODA_"));
        builder.environment().putAll(environment);
        return builder.start();
    }
}
