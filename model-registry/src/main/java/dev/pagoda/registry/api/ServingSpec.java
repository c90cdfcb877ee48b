package dev.pagoda.registry.api;

import java.util.List;
import java.util.Objects;

/// How a version is to be served.
///
/// @param minReplicas        kept even without a request, 0 to 64
/// @param maxReplicas        never exceeded, 1 to 64 and not below `minReplicas`
/// @param devicesPerReplica  tensor parallel width; 0 for a backend without accelerators
/// @param accelerators       ids in order of preference; empty or a last `*` accepts any
/// @param targetConcurrency  requests that one replica should have at a time, 1 to 4096
public record ServingSpec(
        Backend backend,
        int minReplicas,
        int maxReplicas,
        int devicesPerReplica,
        List<String> accelerators,
        int targetConcurrency) {
    private static final int MAX_REPLICAS = 64;
    private static final int MAX_DEVICES = 1_024;
    private static final int MAX_ACCELERATORS = 64;
    private static final int MAX_CONCURRENCY = 4_096;

    public ServingSpec {
        Objects.requireNonNull(backend, "backend");
        accelerators = List.copyOf(accelerators);
        within("min_replicas", minReplicas, 0, MAX_REPLICAS);
        within("max_replicas", maxReplicas, Math.max(1, minReplicas), MAX_REPLICAS);
        within("target_concurrency", targetConcurrency, 1, MAX_CONCURRENCY);
        if (accelerators.size() > MAX_ACCELERATORS) {
            throw new IllegalArgumentException(
                    accelerators.size() + " accelerators are named, at most " + MAX_ACCELERATORS + " are allowed");
        }
        switch (backend) {
            case SIMULATED -> within("devices_per_replica", devicesPerReplica, 1, MAX_DEVICES);
            case ONNX -> {
                if (devicesPerReplica != 0 || !accelerators.isEmpty()) {
                    throw new IllegalArgumentException("the ONNX backend runs without accelerators, but "
                            + devicesPerReplica + " devices and the kinds " + accelerators + " were asked for");
                }
            }
        }
    }

    private static void within(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " " + value + " is outside " + min + ".." + max);
        }
    }
}
