package dev.pagoda.vectors;

import dev.pagoda.vectors.qdrant.SnapshotHosts;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/// The configuration of the vector store.
///
/// @param searchThreads           threads that search, 0 = one per CPU, at most 256
/// @param searchQueue             searches that may wait, 1 to 100,000; beyond it callers get 429
/// @param writeThreads            threads that apply writes, 1 to 64
/// @param writeQueue              writes that may wait, 1 to 100,000; beyond it callers get 429
/// @param maxBodyBytes            largest request body, at least 1,024; Qdrant's limit is 32 MiB
/// @param maxWait                 the longest a caller waits for an answer, 1 s to 1 h
/// @param checkpointBytes         bytes of log that a restart may have to replay, at least 65,536
/// @param maintenanceInterval     how often compaction and checkpoints are considered, 100 ms to 1 h
/// @param maxCollectionsPerTenant at least 1
/// @param recallShare             share of the searches without filter that is repeated exactly to measure recall, 0
///                                to 1
/// @param externalUrl             another Qdrant server, `http://` or `https://`, where the platform's own parts keep
///                                their vectors; empty for this store
/// @param externalApiKey          that server's key, empty for none
/// @param grpcHost                name or address where Qdrant's gRPC is served
/// @param grpcPort                up to 65,535; 0 takes a free one, -1 serves no gRPC
/// @param snapshotHosts           where snapshots may be fetched from: `HOST`, `HOST:PORT`, or `public` for every host
///                                with public addresses; none switches it off
public record VectorStoreConfig(
        int searchThreads,
        int searchQueue,
        int writeThreads,
        int writeQueue,
        long maxBodyBytes,
        Duration maxWait,
        long checkpointBytes,
        Duration maintenanceInterval,
        int maxCollectionsPerTenant,
        double recallShare,
        String externalUrl,
        String externalApiKey,
        String grpcHost,
        int grpcPort,
        List<String> snapshotHosts) {
    /// Qdrant's own; when another program has it, the store does without gRPC.
    static final int DEFAULT_GRPC_PORT = 6_334;

    private static final int MAX_QUEUE = 100_000;

    public VectorStoreConfig {
        require("searchThreads", searchThreads, 0, 256);
        require("searchQueue", searchQueue, 1, MAX_QUEUE);
        require("writeThreads", writeThreads, 1, 64);
        require("writeQueue", writeQueue, 1, MAX_QUEUE);
        require("maxBodyBytes", maxBodyBytes, 1_024, 1L << 30);
        require("maxWait in ms", maxWait.toMillis(), 1_000, 3_600_000);
        require("checkpointBytes", checkpointBytes, 65_536, 1L << 40);
        require("maintenanceInterval in ms", maintenanceInterval.toMillis(), 100, 3_600_000);
        require("maxCollectionsPerTenant", maxCollectionsPerTenant, 1, Integer.MAX_VALUE);
        if (!(recallShare >= 0 && recallShare <= 1)) {
            throw new IllegalArgumentException("recallShare " + recallShare + " is not from 0 to 1");
        }
        if (!externalUrl.isEmpty()) {
            requireServer(externalUrl);
        }
        if (grpcHost.isBlank()) {
            throw new IllegalArgumentException("grpcHost is blank, expected a name or an address such as 127.0.0.1");
        }
        require("grpcPort", grpcPort, -1, 65_535);
        snapshotHosts = new SnapshotHosts(snapshotHosts).allowed();
    }

    public static VectorStoreConfig defaults() {
        return new VectorStoreConfig(
                0,
                1_024,
                2,
                256,
                32L << 20,
                Duration.ofSeconds(60),
                64L << 20,
                Duration.ofSeconds(1),
                10_000,
                0.001,
                "",
                "",
                "127.0.0.1",
                DEFAULT_GRPC_PORT,
                List.of(SnapshotHosts.PUBLIC));
    }

    /// With the platform's own vectors in another server.
    public VectorStoreConfig withExternal(String url, String apiKey) {
        return with(url, apiKey, grpcHost, grpcPort, snapshotHosts);
    }

    /// The same with gRPC at another place.
    public VectorStoreConfig withGrpc(String host, int port) {
        return with(externalUrl, externalApiKey, host, port, snapshotHosts);
    }

    /// The same with other hosts that snapshots may be fetched from.
    public VectorStoreConfig withSnapshotHosts(List<String> hosts) {
        return with(externalUrl, externalApiKey, grpcHost, grpcPort, hosts);
    }

    /// The same without gRPC.
    public VectorStoreConfig withoutGrpc() {
        return withGrpc(grpcHost, -1);
    }

    private VectorStoreConfig with(String url, String apiKey, String host, int port, List<String> hosts) {
        return new VectorStoreConfig(
                searchThreads,
                searchQueue,
                writeThreads,
                writeQueue,
                maxBodyBytes,
                maxWait,
                checkpointBytes,
                maintenanceInterval,
                maxCollectionsPerTenant,
                recallShare,
                url,
                apiKey,
                host,
                port,
                hosts);
    }

    private static void requireServer(String url) {
        URI server = URI.create(url);
        boolean isHttp = "http".equals(server.getScheme()) || "https".equals(server.getScheme());
        if (!isHttp || server.getHost() == null) {
            throw new IllegalArgumentException("externalUrl " + url + " is not http://HOST:PORT or https://HOST:PORT");
        }
    }

    private static void require(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " " + value + " is not from " + least + " to " + most);
        }
    }
}
