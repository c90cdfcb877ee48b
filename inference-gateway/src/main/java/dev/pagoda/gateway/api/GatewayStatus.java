package dev.pagoda.gateway.api;

import java.util.List;
import java.util.Objects;

/// What the gateway is doing now. Totals count from the start of the process.
///
/// @param refused     requests that were not taken up: unknown model, queue full, prompt too long
/// @param deployments one for each served model, by name
/// @param latest      requests that ended last, newest first, at most [#MAX_LATEST]
public record GatewayStatus(long refused, List<DeploymentStatus> deployments, List<ServedRequest> latest) {
    public static final int MAX_LATEST = 32;

    public GatewayStatus {
        deployments = List.copyOf(deployments);
        latest = List.copyOf(latest);
    }

    /// How a deployment answers.
    public enum Backend {
        /// Engines whose time and devices are simulated.
        SIMULATED,
        /// ONNX Runtime in this process.
        ONNX
    }

    /// One served model.
    ///
    /// @param version    the version that answers
    /// @param starting   replicas that wait for devices or load weights
    /// @param ready      replicas that take requests
    /// @param draining   replicas that finish what they have
    /// @param wanted     replicas that the autoscaler wants
    /// @param running    sequences in engines' batches
    /// @param queued     requests and sequences that wait
    /// @param requests   requests that ended, however they ended
    /// @param devices    accelerators held
    /// @param kvUsage    held share of the KV blocks of all ready replicas, 0 to 1
    /// @param trouble    why there are fewer replicas than wanted, empty when there is no trouble
    /// @param routing    how requests find a replica; empty where there is none to find
    /// @param autoscaler how many replicas there are; empty where there is no choice
    /// @param coldStarts replicas that had to fetch image and weights
    /// @param hotStarts  replicas that found them on their node
    /// @param crashes    replicas that ended without being asked to
    /// @param replicas   every replica there is
    public record DeploymentStatus(
            String model,
            String version,
            Backend backend,
            int starting,
            int ready,
            int draining,
            int wanted,
            int running,
            int queued,
            long requests,
            long promptTokens,
            long completionTokens,
            int devices,
            double kvUsage,
            String trouble,
            String routing,
            String autoscaler,
            int coldStarts,
            int hotStarts,
            int crashes,
            List<ReplicaStatus> replicas) {
        public DeploymentStatus {
            Objects.requireNonNull(model, "model");
            Objects.requireNonNull(version, "version");
            Objects.requireNonNull(backend, "backend");
            Objects.requireNonNull(trouble, "trouble");
            Objects.requireNonNull(routing, "routing");
            Objects.requireNonNull(autoscaler, "autoscaler");
            replicas = List.copyOf(replicas);
        }

        /// Of a model that this process runs itself by ONNX Runtime, once and always ready.
        ///
        /// @param version      empty where the model has none
        /// @param running      requests under way
        /// @param promptTokens read so far
        public static DeploymentStatus onnx(
                String model, String version, int running, long requests, long promptTokens) {
            return new DeploymentStatus(
                    model,
                    version,
                    Backend.ONNX,
                    0,
                    1,
                    0,
                    1,
                    running,
                    0,
                    requests,
                    promptTokens,
                    0,
                    0,
                    0,
                    "",
                    "",
                    "",
                    0,
                    0,
                    0,
                    List.of());
        }
    }

    /// Where a replica stands in its life.
    public enum ReplicaState {
        /// Waits for devices.
        PLACING,
        /// Has devices, and image and weights are on their way.
        FETCHING,
        /// Compiles and captures graphs.
        WARMING,
        /// Takes requests.
        READY,
        /// Finishes what it has.
        DRAINING,
        /// Keeps its devices, but not their memory.
        ASLEEP,
        /// Takes its memory again.
        WAKING
    }

    /// One replica.
    ///
    /// @param stateMillis engines' time since it is in its state
    /// @param node        the first node of its devices; empty before it has some
    /// @param kvBlocks    blocks of keys and values that it has, held or free
    /// @param sleepLevel  0 while awake; 1 when the weights are in the host's memory, 2 when they are dropped
    /// @param startedHot  whether its node had the weights
    /// @param breaker     `CLOSED`, `OPEN` or `HALF_OPEN`
    /// @param fault       `NONE`, or what is made to be wrong with it
    public record ReplicaStatus(
            String name,
            ReplicaState state,
            long stateMillis,
            String node,
            String accelerator,
            int devices,
            int running,
            int waiting,
            double kvUsage,
            int kvBlocks,
            int sleepLevel,
            boolean startedHot,
            String breaker,
            String fault) {
        public ReplicaStatus {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(state, "state");
            Objects.requireNonNull(node, "node");
            Objects.requireNonNull(accelerator, "accelerator");
            Objects.requireNonNull(breaker, "breaker");
            Objects.requireNonNull(fault, "fault");
        }
    }

    /// How a request ended.
    public enum Outcome {
        COMPLETED,
        ABORTED,
        FAILED
    }

    /// A request that has ended.
    ///
    /// @param firstTokenMicros from arrival to the first token, -1 when there was none
    public record ServedRequest(
            String requestId,
            String tenant,
            String model,
            Outcome outcome,
            int promptTokens,
            int completionTokens,
            long endedMicros,
            long firstTokenMicros,
            long totalMicros,
            long costNanos) {
        public ServedRequest {
            Objects.requireNonNull(requestId, "requestId");
            Objects.requireNonNull(tenant, "tenant");
            Objects.requireNonNull(model, "model");
            Objects.requireNonNull(outcome, "outcome");
        }
    }
}
