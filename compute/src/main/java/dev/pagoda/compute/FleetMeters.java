package dev.pagoda.compute;

import dev.pagoda.compute.api.FleetStatus;
import dev.pagoda.compute.api.FleetStatus.KindStatus;
import dev.pagoda.compute.api.PlacementRefusal;
import dev.pagoda.compute.fleet.Node;
import dev.pagoda.compute.fleet.RunningCost;
import dev.pagoda.governance.telemetry.Telemetry;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;

/// The meters of the fleet: `pagoda_compute_*`, and those of devices as [DeviceExporter] has them.
///
/// Scrapes read the last snapshot; the owner of the fleet replaces it after each change.
final class FleetMeters {
    private static final long HOUR_MICROS = 3_600_000_000L;

    private final DeviceExporter exporter;
    private final InstantSource clock;
    private final Map<PlacementRefusal, Counter> refusals = new EnumMap<>(PlacementRefusal.class);
    private final Counter lost;

    private final MeterRegistry meters;
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    /// Written by the fleet's owner, read by any.
    private volatile Snapshot now;

    /// @param busy by job the part of the time its devices are busy; asked from any thread
    FleetMeters(Telemetry telemetry, List<Node> fleet, ToDoubleFunction<String> busy, InstantSource clock) {
        this.exporter = new DeviceExporter(busy);
        this.clock = clock;
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
        this.meters = telemetry.meters();
        now.status.accelerators().forEach(kind -> know(kind.accelerator()));
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
        telemetry.addText(page -> exporter.write(page, WallTime.micros(clock)));
    }

    /// Has the meters of a kind of accelerator from now on.
    final void know(String id) {
        if (!known.add(id)) {
            return;
        }
        byKind(meters, "pagoda.compute.devices", "Devices in the fleet", id, KindStatus::devices);
        byKind(meters, "pagoda.compute.devices.up", "Devices in nodes that are up", id, KindStatus::up);
        byKind(meters, "pagoda.compute.devices.used", "Devices that a placement holds", id, KindStatus::used);
        hourly(
                meters,
                "pagoda.compute.cost.usd.per.hour",
                "Price of the devices that somebody holds",
                id,
                sample -> sample.holdings().isEmpty() ? 0 : cost(sample).usd());
        hourly(
                meters,
                "pagoda.compute.power.watts",
                "Power of devices, with their part of host and building",
                id,
                sample -> cost(sample).kwh() * 1_000);
        hourly(
                meters,
                "pagoda.compute.carbon.grams.per.hour",
                "CO2 equivalent of that power by the grids of its regions",
                id,
                sample -> cost(sample).grams());
    }

    void changed(FleetStatus status, List<DeviceSample> devices) {
        now = new Snapshot(status, devices);
        exporter.changed(devices, WallTime.micros(clock));
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

    /// What a device costs in an hour like this moment.
    private RunningCost cost(DeviceSample sample) {
        return RunningCost.of(sample.node(), 1, exporter.utilisation(sample), HOUR_MICROS);
    }

    private void hourly(
            MeterRegistry meters, String name, String description, String kind, ToDoubleFunction<DeviceSample> value) {
        Gauge.builder(
                        name,
                        this,
                        self -> self.now.devices.stream()
                                .filter(sample -> sample.isUp()
                                        && sample.node().accelerator().id().equals(kind))
                                .mapToDouble(value)
                                .sum())
                .description(description)
                .tag("accelerator", kind)
                .register(meters);
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

    private record Snapshot(FleetStatus status, List<DeviceSample> devices) {
        double kind(String accelerator, ToDoubleFunction<KindStatus> value) {
            return status.accelerators().stream()
                    .filter(kind -> kind.accelerator().equals(accelerator))
                    .mapToDouble(value)
                    .sum();
        }
    }
}
