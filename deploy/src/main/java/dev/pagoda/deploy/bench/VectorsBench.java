package dev.pagoda.deploy.bench;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `pagoda bench vectors`: measures the vector index and its peers on one set, or makes the sets.
@Command(
        name = "vectors",
        description = "Measure the vector index and its peers under the same conditions.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class VectorsBench implements Callable<Integer> {
    @Option(names = "--make-data", paramLabel = "DIR", description = "Make the sets in this folder and stop.")
    private @Nullable Path makeData;

    @Option(names = "--sets", split = ",", paramLabel = "SET", description = "Which sets to make (default all).")
    private List<String> sets = DataMaker.SETS;

    @Option(names = "--size", paramLabel = "N", description = "Rows of the base of each set made.")
    private @Nullable Integer size;

    @Option(names = "--queries", paramLabel = "N", defaultValue = "1000", description = "Queries of each set made.")
    private int queries;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Seed of what is made or built.")
    private long seed;

    @Option(names = "--texts", paramLabel = "DIR", defaultValue = "../shared/data/rag", description = "Texts to embed.")
    private Path texts = Path.of("");

    @Override
    public Integer call() throws InterruptedException {
        PrintStream out = System.out;
        if (makeData != null) {
            OptionalInt rows = size == null ? OptionalInt.empty() : OptionalInt.of(size);
            new DataMaker(makeData, rows, queries, seed, texts, 2).make(sets, out);
        }
        return 0;
    }
}
