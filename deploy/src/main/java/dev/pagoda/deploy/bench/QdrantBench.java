package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/// `pagoda bench qdrant`: loads and searches any server that speaks Qdrant, ours or another.
///
/// Exit codes: 0 measured; 1 the server refused; 2 it could not be measured.
@Command(
        name = "qdrant",
        description = "Load and search any server that speaks Qdrant.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class QdrantBench implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int MAX_POINTS = 10_000_000;

    @Option(names = "--url", paramLabel = "U", defaultValue = "http://127.0.0.1:8080", description = "The server.")
    private String url = "";

    @Option(
            names = "--api-key",
            paramLabel = "K",
            defaultValue = "${env:PAGODA_API_KEY:-}",
            showDefaultValue = Visibility.NEVER,
            description = "Key (default: PAGODA_API_KEY of the environment, none if unset).")
    private String apiKey = "";

    @Option(names = "--dataset", paramLabel = "SET", defaultValue = "clustered", description = "A set made anew.")
    private String dataset = "";

    @Option(names = "--data", paramLabel = "DIR", description = "Folder of a set.")
    private @Nullable Path data;

    @Option(names = "--name", paramLabel = "NAME", description = "The set: NAME_base.fvecs and so on.")
    private @Nullable String name;

    @Option(names = "--distance", paramLabel = "D", defaultValue = "cosine", description = "cosine, dot or euclid.")
    private String distance = "";

    @Option(names = "--points", paramLabel = "N", defaultValue = "100000", description = "Points to load.")
    private int points;

    @Option(names = "--dimensions", paramLabel = "N", defaultValue = "384", description = "Of the clustered set.")
    private int dimensions;

    @Option(names = "--queries", paramLabel = "N", defaultValue = "1000", description = "Different queries.")
    private int queries;

    @Option(names = "--connections", paramLabel = "C", defaultValue = "8", description = "Requests at once.")
    private int connections;

    @Option(names = "--grpc", paramLabel = "PORT", description = "Also measure gRPC, at this port of the server.")
    private @Nullable Integer grpc;

    @Option(names = "--engine", description = "Also measure our index alone, in this process and without a server.")
    private boolean engine;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "200", description = "Points of an upsert.")
    private int batch;

    @Option(names = "--ef", paramLabel = "EF", description = "Breadth of search (default: the server's).")
    private @Nullable Integer ef;

    @Option(names = "--warm-up", paramLabel = "S", defaultValue = "3", description = "Seconds of search before.")
    private int warmUpSeconds;

    @Option(names = "--seconds", paramLabel = "S", defaultValue = "10", description = "Seconds of each search.")
    private int seconds;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Seed of the set made.")
    private long seed;

    @Option(names = "--texts", paramLabel = "DIR", defaultValue = "../shared/data/rag", description = "Texts to embed.")
    private Path texts = Path.of("");

    @Override
    public Integer call() throws InterruptedException {
        PrintStream out = System.out;
        BenchProgress progress = BenchProgress.onStandardError();
        URI server = server();
        QdrantRun.Settings settings = settings();
        try (QdrantWire rest = new RestWire(server, apiKey, connections)) {
            out.println("SERVER\t" + server + "\t" + version(rest, server));
            progress.say("making the set and its exact answers");
            QdrantData set = set();
            out.println("MACHINE\t" + load());
            Map<String, QdrantRun.Result> results = new LinkedHashMap<>();
            results.put(rest.label(), new QdrantRun(rest, set, settings, progress).run());
            if (grpc != null) {
                try (QdrantWire wire = new GrpcWire(server.getHost(), grpc, isTls(server), apiKey)) {
                    results.put(wire.label(), new QdrantRun(wire, set, settings, progress).run());
                }
            }
            if (engine) {
                try (QdrantWire none = new EngineWire(seed)) {
                    results.put(none.label(), new QdrantRun(none, set, settings, progress).run());
                }
            }
            out.println("MACHINE\t" + load());
            new QdrantReport(set, settings, out).print(results);
            return 0;
        } catch (QdrantFailed failed) {
            System.err.println("pagoda: " + failed.getMessage());
            return FAILED;
        }
    }

    private static boolean isTls(URI server) {
        return server.getScheme().equals("https");
    }

    private URI server() {
        try {
            URI server = URI.create(url);
            if (List.of("http", "https").contains(server.getScheme()) && server.getHost() != null) {
                return server;
            }
        } catch (IllegalArgumentException malformed) {
            throw new StartRefused("--url " + url + " is no URL", malformed);
        }
        throw new StartRefused("--url " + url + " does not begin with http:// or https:// and a host");
    }

    private QdrantRun.Settings settings() {
        OptionBounds.require("--points", points, 100, MAX_POINTS);
        OptionBounds.require("--dimensions", dimensions, 1, 65_536);
        OptionBounds.require("--queries", queries, 1, 100_000);
        OptionBounds.require("--connections", connections, 1, 1_024);
        if (grpc != null) {
            OptionBounds.require("--grpc", grpc, 1, 65_535);
        }
        OptionBounds.require("--batch", batch, 1, 10_000);
        OptionBounds.require("--warm-up", warmUpSeconds, 0, 3_600);
        OptionBounds.require("--seconds", seconds, 1, 3_600);
        return new QdrantRun.Settings(
                connections, batch, ef == null ? OptionalInt.empty() : OptionalInt.of(ef), warmUpSeconds, seconds);
    }

    private QdrantData set() throws InterruptedException {
        QdrantDistance by = QdrantDistance.named(distance);
        if (data == null && name == null) {
            return QdrantData.made(dataset, by, points, dimensions, queries, seed, texts);
        }
        if (data == null || name == null) {
            throw new StartRefused("--data and --name go together; see ./pagoda bench --help");
        }
        return QdrantData.ofFiles(data, name, by, points, queries);
    }

    private static String version(QdrantWire wire, URI server) {
        try {
            return wire.version().join();
        } catch (CompletionException failed) {
            throw new StartRefused("nobody answers as Qdrant at " + server + ": "
                    + QdrantRun.failure(failed).getMessage());
        }
    }

    /// What else the machine does falsifies what is measured, so it stands beside it.
    private static String load() {
        var system = ManagementFactory.getOperatingSystemMXBean();
        return String.format(
                Locale.ROOT,
                "processors=%d\tload_average=%.2f",
                system.getAvailableProcessors(),
                system.getSystemLoadAverage());
    }
}
