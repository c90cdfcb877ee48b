package dev.pagoda.gateway.backend;

import dev.pagoda.compute.api.PlacementLost;
import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.gateway.backend.ChatSession.Ended;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.registry.api.ModelVersion;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The served chat models, by version.
///
/// Belongs to the deployments' context.
final class ChatDeployments {
    private static final Logger LOG = LoggerFactory.getLogger(ChatDeployments.class);

    private final DeploymentSurroundings around;
    private final Map<String, Deployment> deployments = new TreeMap<>();

    ChatDeployments(DeploymentSurroundings around) {
        this.around = around;
    }

    /// Serves a version as it is specified now.
    ///
    /// @param version with a serving specification
    void serve(ModelVersion version) {
        Deployment present = deployments.get(version.reference());
        if (present == null) {
            LOG.info("serving {}", version.reference());
            present = new Deployment(around, version);
            deployments.put(version.reference(), present);
        }
        present.serve(version);
    }

    /// Serves a version no more, once what it took on is done.
    void retire(ModelVersion version) {
        find(version.reference()).ifPresent(Deployment::retire);
    }

    /// @param reference of a version, with its model
    Optional<Deployment> find(String reference) {
        return Optional.ofNullable(deployments.get(reference));
    }

    /// @param name reference of a version, or a model, which means the last of its versions
    /// @throws Refused if none is served
    Deployment named(String name) {
        return find(name)
                .or(() -> deployments.values().stream()
                        .filter(deployment -> deployment.model().equals(name))
                        .reduce((older, newer) -> newer))
                .orElseThrow(() -> new Refused(
                        Reason.NOT_FOUND, "deployment_not_found", "no simulated deployment serves " + name));
    }

    void lost(PlacementLost news) {
        List.copyOf(deployments.values()).forEach(deployment -> deployment.lost(news));
    }

    /// Has each look after itself, and forgets those that are gone; called about once a second of the engines' time.
    void tick() {
        List.copyOf(deployments.values()).forEach(Deployment::tick);
        deployments.values().removeIf(Deployment::isGone);
    }

    /// A request of a version has ended.
    ///
    /// @return whether the version is one of these
    boolean count(Ended ended) {
        Optional<Deployment> deployment = find(ended.reference());
        deployment.ifPresent(each -> each.count(ended.promptTokens(), ended.completionTokens()));
        return deployment.isPresent();
    }

    /// Adds by placement how busy each engine was since it was last asked.
    void takeActivity(Map<String, Double> busy) {
        deployments.values().forEach(deployment -> deployment.takeActivity(busy));
    }

    /// KV blocks that nobody holds, over all replicas, and all of them.
    long[] blocks() {
        long[] sum = new long[2];
        for (Deployment deployment : deployments.values()) {
            long[] blocks = deployment.blocks();
            sum[0] += blocks[0];
            sum[1] += blocks[1];
        }
        return sum;
    }

    List<DeploymentStatus> status() {
        return deployments.values().stream().map(Deployment::status).toList();
    }

    /// Whether each is ready, or it is known why not.
    boolean areSettled() {
        return deployments.values().stream().allMatch(Deployment::isSettled);
    }

    /// Whether none has a request in hand.
    boolean areIdle() {
        return deployments.values().stream().allMatch(deployment -> deployment.inFlight() == 0);
    }

    /// Whether all are retired and hold nothing any more.
    boolean areGone() {
        return deployments.values().stream().allMatch(Deployment::isGone);
    }

    /// Ends every request with a refusal, and gives the devices back.
    void close(Refusal why) {
        deployments.values().forEach(deployment -> deployment.close(why));
    }

    void clear() {
        deployments.clear();
    }
}
