package dev.pagoda.gateway.metrics;

import dev.pagoda.gateway.api.GatewayStatus;
import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.gateway.api.GatewayStatus.ReplicaState;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/// The state of the deployments as Prometheus text, beside vLLM's own names.
public final class GatewayText {
    private GatewayText() {}

    public static void write(StringBuilder page, GatewayStatus status) {
        page.append("# HELP pagoda_gateway_replicas Replicas of a deployment by state.\n");
        page.append("# TYPE pagoda_gateway_replicas gauge\n");
        for (DeploymentStatus deployment : status.deployments()) {
            replicas(page, deployment, "starting", deployment.starting());
            replicas(page, deployment, "ready", deployment.ready());
            replicas(page, deployment, "draining", deployment.draining());
            replicas(page, deployment, "wanted", deployment.wanted());
            int asleep = (int) deployment.replicas().stream()
                    .filter(replica -> replica.state() == ReplicaState.ASLEEP)
                    .count();
            replicas(page, deployment, "asleep", asleep);
        }
        page.append("# HELP pagoda_gateway_replica_starts_total Replicas that got devices, by what their node had.\n");
        page.append("# TYPE pagoda_gateway_replica_starts_total counter\n");
        for (DeploymentStatus deployment : status.deployments()) {
            starts(page, deployment, "cold", deployment.coldStarts());
            starts(page, deployment, "hot", deployment.hotStarts());
        }
        family(page, status, "replica_crashes_total", "counter", "Replicas that died.", DeploymentStatus::crashes);
        family(page, status, "devices", "gauge", "Accelerators held by a deployment.", DeploymentStatus::devices);
        family(page, status, "queued_requests", "gauge", "Requests waiting.", DeploymentStatus::queued);
        family(page, status, "requests_total", "counter", "Requests that ended.", DeploymentStatus::requests);
        family(page, status, "prompt_tokens_total", "counter", "Tokens read.", DeploymentStatus::promptTokens);
        family(page, status, "completion_tokens_total", "counter", "Tokens made.", DeploymentStatus::completionTokens);
        page.append("# HELP pagoda_gateway_refused_total Requests that were not taken up.\n");
        page.append("# TYPE pagoda_gateway_refused_total counter\n");
        page.append("pagoda_gateway_refused_total ").append(status.refused()).append('\n');
    }

    private static void replicas(StringBuilder page, DeploymentStatus deployment, String state, int count) {
        page.append("pagoda_gateway_replicas{")
                .append(labels(deployment))
                .append(",state=\"")
                .append(state)
                .append("\"} ")
                .append(count)
                .append('\n');
    }

    private static void starts(StringBuilder page, DeploymentStatus deployment, String start, int count) {
        page.append("pagoda_gateway_replica_starts_total{")
                .append(labels(deployment))
                .append(",start=\"")
                .append(start)
                .append("\"} ")
                .append(count)
                .append('\n');
    }

    private static void family(
            StringBuilder page,
            GatewayStatus status,
            String name,
            String type,
            String help,
            ToDoubleFunction<DeploymentStatus> value) {
        String full = "pagoda_gateway_" + name;
        page.append("# HELP ").append(full).append(' ').append(help).append('\n');
        page.append("# TYPE ").append(full).append(' ').append(type).append('\n');
        for (DeploymentStatus deployment : status.deployments()) {
            page.append(full)
                    .append('{')
                    .append(labels(deployment))
                    .append("} ")
                    .append(value.applyAsDouble(deployment))
                    .append('\n');
        }
    }

    private static String labels(DeploymentStatus deployment) {
        return "model=\"" + deployment.model() + "\",version=\"" + deployment.version() + "\",backend=\""
                + deployment.backend().name().toLowerCase(Locale.ROOT) + '"';
    }
}
