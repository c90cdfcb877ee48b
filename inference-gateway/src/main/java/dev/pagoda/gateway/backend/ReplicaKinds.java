package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.api.GatewayStatus.ReplicaState;
import dev.pagoda.gateway.api.GatewayStatus.ReplicaStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;

/// All replicas of a deployment: those that make tokens, and where there are such, those that only read prompts.
///
/// Belongs to the deployments' context.
final class ReplicaKinds {
    private final ReplicaSet makers;
    private final Optional<ReplicaSet> readers;
    private final List<ReplicaSet> all;

    ReplicaKinds(ReplicaSet makers, Optional<ReplicaSet> readers) {
        this.makers = makers;
        this.readers = readers;
        this.all = readers.map(set -> List.of(makers, set)).orElse(List.of(makers));
    }

    List<ReplicaSet> all() {
        return all;
    }

    /// Those that requests come to.
    ReplicaSet first() {
        return readers.orElse(makers);
    }

    /// Whether a replica only reads prompts.
    boolean reads(SimulatedReplica replica) {
        return readers.isPresent() && makers.find(replica).isEmpty();
    }

    ReplicaSet of(SimulatedReplica replica) {
        return reads(replica) ? readers.orElseThrow() : makers;
    }

    ReplicaSet of(Replica replica) {
        return all.stream()
                .filter(set -> set.find(replica.name).isPresent())
                .findFirst()
                .orElse(makers);
    }

    Optional<Replica> find(String name) {
        return all.stream().flatMap(set -> set.find(name).stream()).findFirst();
    }

    int sum(ToIntFunction<SimulatedReplica> figure) {
        return all.stream().mapToInt(set -> set.sum(figure)).sum();
    }

    int count(ReplicaState state) {
        return all.stream().mapToInt(set -> set.count(state)).sum();
    }

    int starting() {
        return all.stream().mapToInt(ReplicaSet::starting).sum();
    }

    int crashes() {
        return all.stream().mapToInt(ReplicaSet::crashes).sum();
    }

    /// Starts so far.
    ReplicaStarts.Made made() {
        return new ReplicaStarts.Made(
                all.stream().mapToInt(set -> set.made().cold()).sum(),
                all.stream().mapToInt(set -> set.made().hot()).sum());
    }

    /// Held share of the KV blocks, the mean over all.
    double kvUsage() {
        return all.stream()
                .flatMap(set -> set.placed().stream())
                .mapToDouble(SimulatedReplica::kvUsage)
                .average()
                .orElse(0);
    }

    List<ReplicaStatus> status() {
        return all.stream().flatMap(set -> set.status().stream()).toList();
    }

    /// Why there are fewer than wanted; empty when there is no trouble.
    String trouble() {
        return all.stream()
                .map(ReplicaSet::trouble)
                .filter(each -> !each.isEmpty())
                .findFirst()
                .orElse("");
    }

    boolean isDraining() {
        return all.stream().anyMatch(ReplicaSet::isDraining);
    }

    /// Whether there are none any more, and compute knows.
    boolean areGone() {
        return all.stream().allMatch(set -> set.isEmpty() && set.isQuiet());
    }

    /// Adds by placement how busy each engine was since it was last asked.
    void takeActivity(Map<String, Double> busy) {
        all.forEach(set -> set.takeActivity(busy));
    }

    void endDead(long afterNanos) {
        all.forEach(set -> set.endDead(afterNanos));
    }

    void lose(String placementId, String node) {
        all.forEach(set -> set.lose(placementId, node));
    }
}
