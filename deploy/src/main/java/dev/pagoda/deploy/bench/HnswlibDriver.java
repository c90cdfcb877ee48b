package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// The program that holds hnswlib, compiled for this machine from the source among our resources.
final class HnswlibDriver {
    /// Where Debian's libhnswlib-dev puts its headers.
    static final Path INCLUDE = Path.of("/usr/include");

    private static final String SOURCE = "hnswlib_peer.cpp";
    private static final String ADVICE = " (Debian: apt-get install libhnswlib-dev g++)";
    private static final int COMPILE_MINUTES = 5;

    private HnswlibDriver() {}

    /// @throws StartRefused if the headers are not there
    static void requireHeaders(Path include) {
        if (!Files.isRegularFile(header(include))) {
            throw new StartRefused("the peer hnswlib needs the header " + header(include) + ADVICE);
        }
    }

    private static Path header(Path include) {
        return include.resolve("hnswlib").resolve("hnswlib.h");
    }

    /// @param scratch where the program goes
    /// @return the program
    static Path compile(Path include, Path scratch) throws InterruptedException {
        requireHeaders(include);
        Path program = scratch.resolve("hnswlib_peer");
        Path log = scratch.resolve("hnswlib_peer.log");
        try {
            Path source = scratch.resolve(SOURCE);
            try (InputStream in = Objects.requireNonNull(HnswlibDriver.class.getResourceAsStream("/bench/" + SOURCE))) {
                Files.copy(in, source);
            }
            List<String> command = new ArrayList<>(List.of(
                    "g++",
                    "-O3",
                    "-march=native",
                    "-std=c++17",
                    "-pthread",
                    "-w",
                    "-I" + include,
                    "-o",
                    program.toString(),
                    source.toString()));
            if (Files.readString(header(include)).contains("class BaseFilterFunctor")) {
                command.add(1, "-DHNSWLIB_HAS_FUNCTOR");
            }
            Process compiler = start(command, log);
            if (!compiler.waitFor(COMPILE_MINUTES, TimeUnit.MINUTES)) {
                compiler.destroyForcibly();
                throw new StartRefused("g++ did not end within " + COMPILE_MINUTES + " minutes");
            }
            if (compiler.exitValue() != 0) {
                throw new StartRefused("g++ cannot compile " + SOURCE + ": " + Files.readString(log));
            }
            return program;
        } catch (IOException failed) {
            throw new StartRefused("the driver of hnswlib cannot be made: " + failed.getMessage(), failed);
        }
    }

    private static Process start(List<String> command, Path log) {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException absent) {
            throw new StartRefused("the peer hnswlib needs g++ on the PATH" + ADVICE, absent);
        }
    }
}
