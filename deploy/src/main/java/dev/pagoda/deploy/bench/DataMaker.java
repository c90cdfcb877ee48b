package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// Makes the sets that are measured: base, queries and exact answers of each.
///
/// @param size       rows of a base, where not the set's own
/// @param dimensions of the clustered set
/// @param texts      where the sentences come from
record DataMaker(Path folder, OptionalInt size, int dimensions, int queries, long seed, Path texts, int threads) {
    static final List<String> SETS = List.of("glove", "clustered", "sentences");

    private static final int GLOVE_ROWS = 200_000;
    private static final int CLUSTERED_ROWS = 1_000_000;
    private static final int MAX_ROWS = 10_000_000;
    private static final int MAX_DIMENSIONS = 4096;

    DataMaker {
        if (size.isPresent() && (size.getAsInt() < 100 || size.getAsInt() > MAX_ROWS)) {
            throw new StartRefused("--size " + size.getAsInt() + " is not from 100 to " + MAX_ROWS);
        }
        if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
            throw new StartRefused("--dimensions " + dimensions + " is not from 1 to " + MAX_DIMENSIONS);
        }
        if (queries < 1 || queries > 100_000) {
            throw new StartRefused("--queries " + queries + " is not from 1 to 100000");
        }
    }

    void make(List<String> sets, PrintStream out) throws InterruptedException {
        for (String set : sets) {
            if (!SETS.contains(set)) {
                throw new StartRefused("there is no set '" + set + "' to make; there are " + String.join(", ", SETS));
            }
        }
        Path scratch;
        try {
            Files.createDirectories(folder);
            scratch = Files.createTempDirectory(folder, "making");
        } catch (IOException unwritable) {
            throw new StartRefused(folder + " is no folder to write to: " + unwritable.getMessage(), unwritable);
        }
        try {
            for (String set : sets) {
                out.println(set + ": making");
                MadeSet made = made(set, scratch, out);
                out.println(set + ": " + made.base().length + " rows of " + made.base()[0].length
                        + " made; looking for the exact neighbours of " + made.queries().length + " queries");
                made.write(folder, threads);
                out.println(set + ": written to " + folder + ", metric "
                        + made.metric().label());
            }
        } finally {
            remove(scratch);
        }
    }

    private MadeSet made(String set, Path scratch, PrintStream out) throws InterruptedException {
        return switch (set) {
            case "glove" -> GloveSet.make(size.orElse(GLOVE_ROWS), queries, seed, scratch);
            case "clustered" -> ClusteredSet.make(size.orElse(CLUSTERED_ROWS), dimensions, queries, seed);
            case "sentences" -> SentenceSet.make(texts, size.orElse(MAX_ROWS), queries, seed, threads, out);
            default -> throw new IllegalStateException(set);
        };
    }

    /// Removes a folder of ours with all in it where it is still there.
    static void remove(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> below = Files.walk(folder)) {
            for (Path each : below.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException inUse) {
            System.err.println(folder + " is left behind: " + inUse.getMessage());
        }
    }
}
