package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// One system in a process of its own, spoken to as [ContenderLoop] says.
final class ChildSystem implements AutoCloseable {
    private static final int END_SECONDS = 10;

    private final String name;
    private final Path log;
    private final Process process;
    private final BufferedWriter commands;
    private final BufferedReader answers;

    /// @param log where its standard error goes
    ChildSystem(String name, List<String> command, Path log) {
        this.name = name;
        this.log = log;
        try {
            this.process =
                    new ProcessBuilder(command).redirectError(log.toFile()).start();
        } catch (IOException failed) {
            throw new StartRefused(name + " cannot be started: " + failed.getMessage(), failed);
        }
        this.commands = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    String name() {
        return name;
    }

    record Loaded(int rows, String about) {}

    Loaded load(VectorSet set) {
        String[] fields = ask(
                "loaded",
                3,
                "load",
                set.baseFile().toString(),
                set.queryFile().toString(),
                set.metric().label());
        return new Loaded(Integer.parseInt(fields[1]), fields[2]);
    }

    record BuildCost(long wallNanos, long cpuNanos, long bytes, int threads) {}

    BuildCost build(int threads) {
        String[] fields = ask("built", 5, "build", Integer.toString(threads));
        return new BuildCost(
                Long.parseLong(fields[1]),
                Long.parseLong(fields[2]),
                Long.parseLong(fields[3]),
                Integer.parseInt(fields[4]));
    }

    /// @param ids [ContenderLoop#LIMIT] a query
    record Pass(long cpuNanos, int[] ids) {}

    Pass search(ResultTag tag, int ef) {
        String[] fields = ask("found", 3, "search", Integer.toString(tag.modulus()), Integer.toString(ef));
        int[] ids = Stream.of(fields[2].trim().split(" ", -1))
                .mapToInt(Integer::parseInt)
                .toArray();
        return new Pass(Math.max(1, Long.parseLong(fields[1])), ids);
    }

    /// @return nanoseconds by the clock
    long pace(int threads, int ef, int passes) {
        String[] fields =
                ask("paced", 2, "pace", Integer.toString(threads), Integer.toString(ef), Integer.toString(passes));
        return Math.max(1, Long.parseLong(fields[1]));
    }

    private String[] ask(String kind, int count, String... command) {
        String answer;
        try {
            commands.write(String.join("\t", command));
            commands.newLine();
            commands.flush();
            answer = answers.readLine();
        } catch (IOException gone) {
            throw new StartRefused(name + " has ended at " + command[0] + LastWords.of(log), gone);
        }
        if (answer == null) {
            throw new StartRefused(name + " has ended at " + command[0] + LastWords.of(log));
        }
        String[] fields = answer.split("\t", -1);
        if (fields[0].equals("failed")) {
            throw new StartRefused(name + " failed at " + command[0] + ": " + answer.substring("failed\t".length()));
        }
        if (!fields[0].equals(kind) || fields.length != count) {
            throw new IllegalStateException(name + " answered " + fields[0] + " to " + command[0]);
        }
        return fields;
    }

    /// Ends the process, which does so by itself when its input ends.
    @Override
    public void close() {
        try {
            commands.close();
        } catch (IOException gone) {
            // it has ended already
            process.destroy();
        }
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException stopped) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
