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
            String trouble) {
        public DeploymentStatus {
            Objects.requireNonNull(model, "model");
            Objects.requireNonNull(version, "version");
            Objects.requireNonNull(backend, "backend");
            Objects.requireNonNull(trouble, "trouble");
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
