package dev.pagoda.deploy;

import dev.pagoda.compute.api.Compute;
import dev.pagoda.compute.api.DeviceView;
import dev.pagoda.compute.api.ListNodes;
import dev.pagoda.compute.api.NodeView;
import dev.pagoda.compute.api.NodesReply;
import dev.pagoda.deploy.console.HouseSnapshot;
import dev.pagoda.deploy.console.HouseView;
import dev.pagoda.gateway.api.Gateway;
import dev.pagoda.gateway.api.GatewayStatus;
import dev.pagoda.governance.api.Governance;
import dev.pagoda.governance.api.GovernanceStatus;
import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Port;
import dev.pagoda.registry.api.ListModels;
import dev.pagoda.registry.api.ModelsReply;
import dev.pagoda.registry.api.RegisteredModel;
import dev.pagoda.registry.api.Registry;
import dev.pagoda.vectors.api.Vectors;
import dev.pagoda.vectors.api.VectorsStatus;
import dev.pagoda.workflow.api.WorkflowStatus;
import dev.pagoda.workflow.api.Workflows;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The console's look at the house: asks every module over the bus and lays the answers out by floor.
///
/// A module that does not answer leaves its floor absent; the others are shown all the same.
final class LiveHouse implements HouseView {
    private static final Pattern REPLICA = Pattern.compile("gateway/(.+)-\\d+-\\d+");
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Bus bus;
    private final InstantSource clock;
    private final HouseSnapshot.About about;

    LiveHouse(Bus bus, InstantSource clock, String version) {
        this.bus = bus;
        this.clock = clock;
        this.about = new HouseSnapshot.About(version, clock.millis());
    }

    @Override
    public Future<HouseSnapshot> look() {
        var compute = floor(Compute.NODES, new ListNodes(), LiveHouse::compute);
        var vectors = floor(Vectors.STATUS, new StatusQuery(), LiveHouse::vectors);
        var gateway = floor(Gateway.STATUS, new StatusQuery(), LiveHouse::gateway);
        var registry = floor(Registry.MODELS, new ListModels(), LiveHouse::registry);
        var workflows = floor(Workflows.STATUS, new StatusQuery(), LiveHouse::workflows);
        var governance = floor(Governance.STATUS, new StatusQuery(), LiveHouse::governance);
        return Future.all(List.of(compute, vectors, gateway, registry, workflows, governance))
                .map(all -> new HouseSnapshot(
                        clock.millis(),
                        about,
                        compute.result().orElse(null),
                        vectors.result().orElse(null),
                        gateway.result().orElse(null),
                        registry.result().orElse(null),
                        workflows.result().orElse(null),
                        governance.result().orElse(null)));
    }

    private <Q extends Record, R extends Record, F> Future<Optional<F>> floor(
            Port<Q, R> port, Q question, Function<R, F> laidOut) {
        return bus.ask(port, question, Call.platform(PATIENCE))
                .map(answer -> Optional.of(laidOut.apply(answer)))
                .otherwise(Optional.empty());
    }

    private static HouseSnapshot.Compute compute(NodesReply reply) {
        Map<String, String> names = reply.accelerators().stream()
                .collect(Collectors.toMap(spec -> spec.id(), spec -> spec.model(), (first, second) -> first));
        return HouseSnapshot.Compute.of(
                reply.nodes().stream().map(node -> node(node, names)).toList(), (int) reply.nodes().stream()
                        .flatMap(node -> node.devices().stream())
                        .filter(device -> !device.isFree())
                        .map(DeviceView::placementId)
                        .distinct()
                        .count());
    }

    private static HouseSnapshot.Node node(NodeView node, Map<String, String> names) {
        return new HouseSnapshot.Node(
                node.id(),
                names.getOrDefault(node.accelerator(), node.accelerator()),
                switch (node.state()) {
                    case UP -> HouseSnapshot.NodeState.UP;
                    case DRAINING -> HouseSnapshot.NodeState.DRAINING;
                    case DOWN -> HouseSnapshot.NodeState.DOWN;
                },
                node.devices().stream().map(LiveHouse::device).toList());
    }

    private static HouseSnapshot.Device device(DeviceView device) {
        return new HouseSnapshot.Device(
                device.isFree() ? HouseSnapshot.DeviceState.FREE : HouseSnapshot.DeviceState.BUSY,
                device.owner() == null ? null : modelOf(device.owner()),
                device.usedBytes(),
                device.memoryBytes());
    }

    /// Replicas hold devices as `gateway/MODEL-VERSION-NUMBER`; the page colours by model.
    private static String modelOf(String owner) {
        Matcher replica = REPLICA.matcher(owner);
        return replica.matches() ? replica.group(1) : owner;
    }

    private static HouseSnapshot.Vectors vectors(VectorsStatus status) {
        return HouseSnapshot.Vectors.of(
                status.collections().stream()
                        .map(collection -> new HouseSnapshot.Collection(
                                collection.name(), collection.points(), shape(collection.fields())))
                        .toList(),
                status.collections().stream()
                        .mapToLong(VectorsStatus.CollectionStatus::queries)
                        .sum(),
                status.collections().stream()
                        .mapToLong(VectorsStatus.CollectionStatus::writes)
                        .sum());
    }

    private static String shape(List<VectorsStatus.Field> fields) {
        return fields.stream()
                .map(field -> field.dimensions() == 0
                        ? "sparse"
                        : field.dimensions() + " " + field.distance().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }

    private static HouseSnapshot.Gateway gateway(GatewayStatus status) {
        return HouseSnapshot.Gateway.of(
                status.deployments().stream().map(LiveHouse::deployment).toList(),
                status.latest().stream().map(LiveHouse::served).toList(),
                status.refused());
    }

    private static HouseSnapshot.Deployment deployment(GatewayStatus.DeploymentStatus deployment) {
        return new HouseSnapshot.Deployment(
                deployment.model(),
                deployment.backend().name().toLowerCase(Locale.ROOT),
                deployment.ready(),
                deployment.starting(),
                deployment.draining(),
                deployment.wanted(),
                deployment.running(),
                deployment.queued(),
                deployment.requests(),
                deployment.promptTokens(),
                deployment.completionTokens(),
                deployment.trouble());
    }

    private static HouseSnapshot.Served served(GatewayStatus.ServedRequest request) {
        HouseSnapshot.Outcome outcome = switch (request.outcome()) {
            case COMPLETED -> HouseSnapshot.Outcome.COMPLETED;
            case ABORTED -> HouseSnapshot.Outcome.ABORTED;
            case FAILED -> HouseSnapshot.Outcome.FAILED;
        };
        return new HouseSnapshot.Served(
                request.endedMicros() / 1_000,
                request.tenant(),
                request.model(),
                outcome,
                request.promptTokens(),
                request.completionTokens(),
                request.firstTokenMicros() < 0 ? null : request.firstTokenMicros() / 1e3,
                request.totalMicros() / 1e3,
                request.costNanos());
    }

    private static HouseSnapshot.Registry registry(ModelsReply reply) {
        return HouseSnapshot.Registry.of(
                reply.models().stream().map(LiveHouse::model).toList());
    }

    private static HouseSnapshot.Model model(RegisteredModel model) {
        String stage = model.aliases().entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(null);
        return new HouseSnapshot.Model(
                model.name(),
                model.versions().size(),
                stage,
                model.versions().stream().anyMatch(version -> version.isServed()));
    }

    private static HouseSnapshot.Workflows workflows(WorkflowStatus status) {
        return HouseSnapshot.Workflows.of(
                status.knowledgeBases().stream()
                        .map(base -> new HouseSnapshot.KnowledgeBase(
                                base.name(), base.documents(), base.chunks(), base.isIngesting()))
                        .toList(),
                status.runningRuns(),
                status.runningIngests(),
                status.finishedToday(),
                status.failedToday(),
                status.openTickets());
    }

    private static HouseSnapshot.Governance governance(GovernanceStatus status) {
        return HouseSnapshot.Governance.of(status.tenants().stream()
                .map(tenant -> new HouseSnapshot.Tenant(
                        tenant.tenant(), tenant.requestsToday(), tenant.tokensToday(), tenant.costNanosToday()))
                .toList());
    }
}
