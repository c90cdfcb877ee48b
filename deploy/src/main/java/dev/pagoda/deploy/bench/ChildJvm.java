package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.Main;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Command lines of child processes: of one that holds a set and an index of it, and of the platform as the launcher
/// starts it.
final class ChildJvm {
    /// One option of the JVM a line; the launcher reads the same file.
    private static final String LAUNCHER_OPTIONS = "/jvm-options.txt";

    private static final long MEBIBYTE = 1 << 20;
    /// Heap of a child: classes and queries, and the base with what an index may add to it while it is built.
    private static final long LEAST_HEAP_MEBIBYTES = 768;

    private static final int HEAP_BASES = 5;

    private static final String CACHE = "-XX:AOTCache=";

    private static final Pattern COLLECTOR = Pattern.compile("-XX:\\+Use[A-Za-z]*GC");

    private ChildJvm() {}

    /// The platform by itself, with the launcher's options and collector.
    ///
    /// @param options   of the JVM, after the launcher's
    /// @param arguments of the launcher, the verb first
    static List<String> platform(List<String> options, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(java()));
        command.addAll(launcherOptions());
        command.addAll(cache());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(arguments);
        return command;
    }

    static List<String> launcherOptions() {
        try (InputStream in = ChildJvm.class.getResourceAsStream(LAUNCHER_OPTIONS)) {
            if (in == null) {
                throw new IllegalStateException(LAUNCHER_OPTIONS + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException failed) {
            throw new UncheckedIOException(LAUNCHER_OPTIONS + " cannot be read", failed);
        }
    }

    /// The AOT cache that this process runs with, of the same class path; none when it has none.
    private static List<String> cache() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith(CACHE))
                .toList();
    }

    private static String java() {
        return System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
    }

    /// A measurement of an index. The flags are like those of the launcher, with a heap that fits the set; the
    /// collector too, unless the options name another.
    ///
    /// @param rawBytes of the base
    /// @param options  of the JVM, after our own
    static List<String> command(long rawBytes, List<String> options, Class<?> main, List<String> arguments) {
        long heap = LEAST_HEAP_MEBIBYTES + HEAP_BASES * rawBytes / MEBIBYTE;
        List<String> command = new ArrayList<>(List.of(java(), "-Xmx" + heap + "m"));
        if (options.stream().noneMatch(COLLECTOR.asMatchPredicate())) {
            command.add("-XX:+UseSerialGC");
        }
        command.addAll(List.of(
                "-XX:+UseTransparentHugePages",
                "-XX:MinHeapFreeRatio=10",
                "-XX:MaxHeapFreeRatio=20",
                "-XX:+UseCompactObjectHeaders",
                "-XX:+ExitOnOutOfMemoryError",
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                // answers come by standard output
                "-Xlog:disable",
                "-Xlog:all=warning:stderr"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        return command;
    }
}
