package dev.pagoda.compute;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.api.DeviceView;
import dev.pagoda.compute.api.FleetStatus;
import dev.pagoda.compute.api.FleetStatus.KindStatus;
import dev.pagoda.compute.api.NodeState;
import dev.pagoda.compute.api.NodeView;
import dev.pagoda.compute.api.PlacementRefusal;
import dev.pagoda.compute.fleet.Node;
import dev.pagoda.governance.telemetry.Telemetry;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/// The meters of the fleet: `pagoda_compute_*`, and memory by device under dcgm-exporter's names.
///
/// Scrapes read the last snapshot; the owner of the fleet replaces it after each change.
final class FleetMeters {
    private static final long MIB = 1L << 20;

    private final Map<String, AcceleratorSpec> specs;
    private final Map<PlacementRefusal, Counter> refusals = new EnumMap<>(PlacementRefusal.class);
    private final Counter lost;

    /// Written by the fleet's owner, read by any.
    private volatile Snapshot now;

    FleetMeters(Telemetry telemetry, List<Node> fleet) {
        this.specs = fleet.stream()
                .map(Node::accelerator)
                .collect(Collectors.toMap(AcceleratorSpec::id, Function.identity(), (one, same) -> one));
        this.now = new Snapshot(
                new FleetStatus(
                        fleet.size(),
                        0,
                        0,
                        fleet.stream()
                                .map(node -> node.accelerator().id())
                                .distinct()
                                .map(kind -> new KindStatus(kind, 0, 0, 0))
                                .toList()),
                List.of());
        MeterRegistry meters = telemetry.meters();
        for (KindStatus kind : now.status.accelerators()) {
            String id = kind.accelerator();
            byKind(meters, "pagoda.compute.devices", "Devices in the fleet", id, KindStatus::devices);
            byKind(meters, "pagoda.compute.devices.up", "Devices in nodes that are up", id, KindStatus::up);
            byKind(meters, "pagoda.compute.devices.used", "Devices that a placement holds", id, KindStatus::used);
        }
        gauge(meters, "pagoda.compute.nodes", "Nodes in the fleet", FleetStatus::nodes);
        gauge(meters, "pagoda.compute.nodes.up", "Nodes that are up", FleetStatus::nodesUp);
        gauge(meters, "pagoda.compute.placements", "Placements that hold devices", FleetStatus::placements);
        for (PlacementRefusal reason : PlacementRefusal.values()) {
            refusals.put(
                    reason,
                    Counter.builder("pagoda.compute.refusals")
                            .description("Gangs that were not placed")
                            .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                            .register(meters));
        }
        lost = Counter.builder("pagoda.compute.placements.lost")
                .description("Placements that failed with a node")
                .register(meters);
        telemetry.addText(this::writeDeviceMemory);
    }

    void changed(FleetStatus status, List<NodeView> nodes) {
        now = new Snapshot(status, nodes);
    }

    void refused(PlacementRefusal reason) {
        Counter counter = refusals.get(reason);
        if (counter != null) {
            counter.increment();
        }
    }

    void lost(int placements) {
        lost.increment(placements);
    }

    private void byKind(
            MeterRegistry meters, String name, String description, String kind, ToDoubleFunction<KindStatus> value) {
        Gauge.builder(name, this, self -> self.now.kind(kind, value))
                .description(description)
                .tag("accelerator", kind)
                .register(meters);
    }

    private void gauge(MeterRegistry meters, String name, String description, ToDoubleFunction<FleetStatus> value) {
        Gauge.builder(name, this, self -> value.applyAsDouble(self.now.status))
                .description(description)
                .register(meters);
    }

    /// A node that is down exports nothing, as a dead exporter does.
    private void writeDeviceMemory(StringBuilder page) {
        Snapshot snapshot = now;
        write(page, snapshot, "DCGM_FI_DEV_FB_USED", "Memory in use (in MiB).", DeviceView::usedBytes);
        write(
                page,
                snapshot,
                "DCGM_FI_DEV_FB_FREE",
                "Memory free (in MiB).",
                device -> device.memoryBytes() - device.usedBytes());
    }

    private void write(
            StringBuilder page, Snapshot snapshot, String name, String help, Function<DeviceView, Long> bytes) {
        page.append("# HELP ").append(name).append(' ').append(help).append('\n');
        page.append("# TYPE ").append(name).append(" gauge\n");
        for (NodeView node : snapshot.nodes) {
            if (node.state() == NodeState.DOWN) {
                continue;
            }
            for (DeviceView device : node.devices()) {
                page.append(name);
                labels(page, node, device);
                page.append(' ').append(bytes.apply(device) / MIB).append('\n');
            }
        }
    }

    /// dcgm-exporter renamed `Hostname` to `hostname` in 2026; boards ask for either.
    private void labels(StringBuilder page, NodeView node, DeviceView device) {
        AcceleratorSpec spec = specs.get(node.accelerator());
        if (spec == null) {
            throw new IllegalStateException(
                    "node " + node.id() + " carries " + node.accelerator() + " of no known kind");
        }
        String name = spec.vendor().toLowerCase(Locale.ROOT).replace(' ', '-') + device.index();
        byte[] identity = (node.id() + "/" + device.index()).getBytes(StandardCharsets.UTF_8);
        page.append("{gpu=\"").append(device.index());
        page.append("\",UUID=\"GPU-").append(UUID.nameUUIDFromBytes(identity));
        page.append("\",device=\"").append(name);
        page.append("\",modelName=\"").append(spec.vendor()).append(' ').append(spec.model());
        page.append("\",Hostname=\"").append(node.id());
        page.append("\",hostname=\"").append(node.id()).append("\"}");
    }

    private record Snapshot(FleetStatus status, List<NodeView> nodes) {
        double kind(String accelerator, ToDoubleFunction<KindStatus> value) {
            return status.accelerators().stream()
                    .filter(kind -> kind.accelerator().equals(accelerator))
                    .mapToDouble(value)
                    .sum();
        }
    }
}
