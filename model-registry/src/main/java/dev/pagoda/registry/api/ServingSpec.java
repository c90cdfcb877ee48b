package dev.pagoda.registry.api;

import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/// How a version is to be served.
///
/// @param minReplicas        kept even without a request, 0 to 64
/// @param maxReplicas        never exceeded, 1 to 64 and not below `minReplicas`
/// @param devicesPerReplica  tensor parallel width; 0 for a backend without accelerators
/// @param accelerators       ids in order of preference; empty or a last `*` accepts any
/// @param targetConcurrency  requests that one replica should have at a time, 1 to 4096
/// @param routing            policy by which a request finds its replica, such as `prefix-aware`; empty for the
/// gateway's
/// @param autoscaler         rule for how many replicas there are, such as `knative` or `fixed:2`; empty for the
/// gateway's
/// @param prefillReplicas    replicas beside the others that only read prompts, 0 to 64; 0 for none
public record ServingSpec(
        Backend backend,
        int minReplicas,
        int maxReplicas,
        int devicesPerReplica,
        List<String> accelerators,
        int targetConcurrency,
        String routing,
        String autoscaler,
        int prefillReplicas) {
    private static final int MAX_REPLICAS = 64;
    private static final int MAX_DEVICES = 1_024;
    private static final int MAX_ACCELERATORS = 64;
    private static final int MAX_CONCURRENCY = 4_096;
    private static final Pattern RULE = Pattern.compile("[a-z][a-z0-9:.,=-]{0,399}|");

    /// Routed and scaled as the gateway does without being told.
    public ServingSpec(
            Backend backend,
            int minReplicas,
            int maxReplicas,
            int devicesPerReplica,
            List<String> accelerators,
            int targetConcurrency) {
        this(backend, minReplicas, maxReplicas, devicesPerReplica, accelerators, targetConcurrency, "", "");
    }

    /// Replicas that read prompts and go on from them alike.
    public ServingSpec(
            Backend backend,
            int minReplicas,
            int maxReplicas,
            int devicesPerReplica,
            List<String> accelerators,
            int targetConcurrency,
            String routing,
            String autoscaler) {
        this(
                backend,
                minReplicas,
                maxReplicas,
                devicesPerReplica,
                accelerators,
                targetConcurrency,
                routing,
                autoscaler,
                0);
    }

    public ServingSpec {
        Objects.requireNonNull(backend, "backend");
        accelerators = List.copyOf(accelerators);
        within("min_replicas", minReplicas, 0, MAX_REPLICAS);
        within("max_replicas", maxReplicas, Math.max(1, minReplicas), MAX_REPLICAS);
        within("target_concurrency", targetConcurrency, 1, MAX_CONCURRENCY);
        within("prefill_replicas", prefillReplicas, 0, backend == Backend.ONNX ? 0 : MAX_REPLICAS);
        if (accelerators.size() > MAX_ACCELERATORS) {
            throw new IllegalArgumentException(
                    accelerators.size() + " accelerators are named, at most " + MAX_ACCELERATORS + " are allowed");
        }
        // absent in specifications that were stored before there was a choice
        routing = Objects.requireNonNullElse(routing, "");
        autoscaler = Objects.requireNonNullElse(autoscaler, "");
        named("routing", routing);
        named("autoscaler", autoscaler);
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

    private static void named(String name, String rule) {
        if (!RULE.matcher(rule).matches()) {
            throw new IllegalArgumentException(name + " '" + rule + "' is no name of a rule, such as "
                    + (name.equals("routing") ? "prefix-aware" : "knative or fixed:2"));
        }
    }

    private static void within(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " " + value + " is outside " + min + ".." + max);
        }
    }
}
