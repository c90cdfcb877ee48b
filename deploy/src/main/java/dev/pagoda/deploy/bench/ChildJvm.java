package dev.pagoda.deploy.bench;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The command line of a child process of the JVM that holds a set and an index of it.
final class ChildJvm {
    private static final long MEBIBYTE = 1 << 20;
    /// Heap of a child: classes and queries, and the base with what an index may add to it while it is built.
    private static final long LEAST_HEAP_MEBIBYTES = 768;

    private static final int HEAP_BASES = 5;

    private static final Pattern COLLECTOR = Pattern.compile("-XX:\\+Use[A-Za-z]*GC");

    private ChildJvm() {}

    /// The flags are those of the launcher, with a heap that fits the set; the collector too, unless the options name
    /// another.
    ///
    /// @param rawBytes of the base
    /// @param options  of the JVM, after our own
    static List<String> command(long rawBytes, List<String> options, Class<?> main, List<String> arguments) {
        long heap = LEAST_HEAP_MEBIBYTES + HEAP_BASES * rawBytes / MEBIBYTE;
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-Xmx" + heap + "m"));
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
