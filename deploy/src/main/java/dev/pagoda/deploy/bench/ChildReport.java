package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What a [LiveChild] says, passed on line by line while it runs.
///
/// @param rawBytes   of the set's base
/// @param jvmOptions given to the process after our own
/// @param out        lines of results
/// @param progress   what is under way
record ChildReport(long rawBytes, List<String> jvmOptions, PrintStream out, PrintStream progress) {
    ChildReport {
        jvmOptions = List.copyOf(jvmOptions);
    }

    /// Starts a process and returns when it is done.
    ///
    /// @param arguments of [LiveChild#main]
    /// @throws StartRefused if the process cannot be used or says that it failed
    void run(List<String> arguments) {
        List<String> command = ChildJvm.command(rawBytes, jvmOptions, LiveChild.class, arguments);
        try {
            Path log = Files.createTempFile("pagoda-bench", ".log");
            try {
                Process child =
                        new ProcessBuilder(command).redirectError(log.toFile()).start();
                try {
                    relay(child, arguments.getFirst(), log);
                } finally {
                    // it has said all it has to say, or will not be listened to
                    child.destroyForcibly();
                }
            } finally {
                Files.deleteIfExists(log);
            }
        } catch (IOException failed) {
            throw new StartRefused("the process of the index cannot be used: " + failed.getMessage(), failed);
        }
    }

    private void relay(Process child, String kind, Path log) throws IOException {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] fields = line.split("\t", 2);
            switch (fields[0]) {
                case LiveChild.PROGRESS -> progress.println(fields[1]);
                case LiveChild.FAILED -> throw new StartRefused("--" + kind + " failed: " + fields[1]);
                case LiveChild.DONE -> {
                    return;
                }
                default -> {
                    out.println(line);
                    out.flush();
                }
            }
        }
        throw new StartRefused("the process of --" + kind + " has ended" + LastWords.of(log));
    }
}
