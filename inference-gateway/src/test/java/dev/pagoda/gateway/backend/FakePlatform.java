package dev.pagoda.gateway.backend;

import dev.pagoda.compute.api.AcceleratorKind;
import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.api.Compute;
import dev.pagoda.compute.api.DeviceLink;
import dev.pagoda.compute.api.DeviceMemory;
import dev.pagoda.compute.api.DeviceRef;
import dev.pagoda.compute.api.LinkBetween;
import dev.pagoda.compute.api.PeakRates;
import dev.pagoda.compute.api.PlaceGang;
import dev.pagoda.compute.api.Placed;
import dev.pagoda.compute.api.PlacementLost;
import dev.pagoda.compute.api.Provenance;
import dev.pagoda.compute.api.ReleaseGang;
import dev.pagoda.compute.api.Released;
import dev.pagoda.governance.api.Governance;
import dev.pagoda.governance.api.UsagePriced;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.registry.api.Backend;
import dev.pagoda.registry.api.DataType;
import dev.pagoda.registry.api.Family;
import dev.pagoda.registry.api.ModelArchitecture;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.Registry;
import dev.pagoda.registry.api.ResolveModel;
import dev.pagoda.registry.api.ServingChanged;
import dev.pagoda.registry.api.ServingReply;
import dev.pagoda.registry.api.ServingSpec;
import dev.pagoda.registry.api.Task;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Compute, registry and governance as small as the gateway's tests need them, on a real bus.
final class FakePlatform {
    static final AcceleratorSpec H100 = new AcceleratorSpec(
            "h100-sxm",
            "NVIDIA",
            "H100",
            AcceleratorKind.GPU,
            new DeviceMemory("HBM3", 80L << 30, 3.35e12),
            new PeakRates(67e12, 989e12, 989e12, 1979e12, 1979e12),
            new DeviceLink("NVLink4", 450e9, 8),
            700,
            "nvidia.com/gpu",
            2.95,
            new Provenance(Provenance.Confidence.A, "test"));

    /// A decoder of 125 million parameters, whose steps take about a millisecond.
    static final ModelArchitecture SMALL =
            new ModelArchitecture(Family.DECODER, 4, 512, 1408, 8, 4, 64, 32_000, 4096, true, 0, 0, DataType.BF16);

    /// A decoder of 142 million parameters in 40 layers.
    static final ModelArchitecture DEEP =
            new ModelArchitecture(Family.DECODER, 40, 512, 1408, 8, 4, 64, 32_000, 4096, true, 0, 0, DataType.BF16);

    static final AcceleratorSpec LPU = new AcceleratorSpec(
            "groq-lpu",
            "Groq",
            "GroqChip 1",
            AcceleratorKind.LPU,
            new DeviceMemory("SRAM", 230_000_000, 80e12),
            new PeakRates(0, 188e12, 188e12, 0, 750e12),
            new DeviceLink("RealScale", 160e9, 8),
            215,
            "",
            null,
            new Provenance(Provenance.Confidence.A, "test"));

    static final Duration USAGE_DELAY = Duration.ofMillis(2);

    final Vertx vertx;
    final Bus bus;
    final Map<String, UsageRecord> usage = new ConcurrentHashMap<>();
    final AtomicInteger usageAsked = new AtomicInteger();
    /// So many of the next records are refused as if the pillar were away.
    final AtomicInteger usageRefusals = new AtomicInteger();
    /// Guarded by itself, as are the versions.
    final Map<String, PlaceGang> placements = new LinkedHashMap<>();

    private final Map<String, ModelVersion> versions = new TreeMap<>();
    private volatile int devices;
    /// Between any two placements.
    volatile LinkBetween link = new LinkBetween("link_domain", 450e9, 0);
    private int placed;

    FakePlatform(Vertx vertx, int devices) {
        this.vertx = vertx;
        this.bus = new Bus(vertx);
        this.devices = devices;
        bus.serve(Registry.SERVING, (question, call) -> Future.succeededFuture(serving()));
        bus.serve(Registry.RESOLVE, (question, call) -> resolve(question));
        bus.serve(Compute.PLACE, (question, call) -> place(question));
        bus.serve(Compute.RELEASE, (question, call) -> release(question));
        bus.serve(Compute.LINK, (question, call) -> Future.succeededFuture(link));
        bus.serve(Governance.RECORD_USAGE, (question, call) -> record(question));
    }

    /// A chat model with replicas of one device each.
    static ModelVersion chat(String name, int min, int max, int target) {
        return version(name, Task.CHAT, SMALL, new ServingSpec(Backend.SIMULATED, min, max, 1, List.of(), target));
    }

    /// A chat model with replicas that only read prompts.
    static ModelVersion split(String name, int readers, int others) {
        return version(
                name,
                Task.CHAT,
                SMALL,
                new ServingSpec(
                        Backend.SIMULATED,
                        others,
                        others,
                        1,
                        List.of(),
                        100,
                        "least-requests",
                        "fixed:" + others,
                        readers));
    }

    /// The second version of a chat model with one replica.
    static ModelVersion secondVersion(String name) {
        return new ModelVersion(
                name,
                2,
                "Test/" + name,
                "test",
                Task.CHAT,
                SMALL,
                "test",
                Map.of(),
                2_000_000,
                new ServingSpec(Backend.SIMULATED, 1, 1, 1, List.of(), 100));
    }

    /// A chat model that says how it is routed and scaled.
    static ModelVersion chat(String name, int min, int max, int target, String routing, String autoscaler) {
        return version(
                name,
                Task.CHAT,
                SMALL,
                new ServingSpec(Backend.SIMULATED, min, max, 1, List.of(), target, routing, autoscaler));
    }

    /// A chat model on chips of a deterministic pipeline.
    static ModelVersion onLpus(String name, int chips) {
        return version(name, Task.CHAT, DEEP, new ServingSpec(Backend.SIMULATED, 1, 1, chips, List.of(LPU.id()), 4));
    }

    static ModelVersion embedding(String name) {
        var shape = new ModelArchitecture(
                Family.ENCODER, 6, 384, 1536, 12, 12, 32, 30_522, 512, false, 0, 0, DataType.FP32);
        return version(name, Task.EMBEDDING, shape, new ServingSpec(Backend.ONNX, 1, 1, 0, List.of(), 8));
    }

    /// An encoder with one replica of one device.
    static ModelVersion simulatedEmbedding(String name) {
        var shape = new ModelArchitecture(
                Family.ENCODER, 6, 384, 1536, 12, 12, 32, 30_522, 512, false, 0, 0, DataType.FP32);
        return version(name, Task.EMBEDDING, shape, new ServingSpec(Backend.SIMULATED, 1, 1, 1, List.of(), 8));
    }

    private static ModelVersion version(String name, Task task, ModelArchitecture shape, ServingSpec spec) {
        return new ModelVersion(name, 1, "Test/" + name, "test", task, shape, "test", Map.of(), 1_000_000, spec);
    }

    void announce(ModelVersion version) {
        synchronized (versions) {
            versions.put(version.reference(), version);
            versions.putIfAbsent(version.model(), version);
            if (version.version() == 1) {
                versions.put(version.model(), version);
            }
        }
        bus.publish(Registry.SERVING_CHANGED, new ServingChanged(version), Call.platform(Duration.ofSeconds(1)));
    }

    /// A version is no more.
    void forget(String reference) {
        synchronized (versions) {
            versions.remove(reference);
        }
    }

    void setDevices(int count) {
        devices = count;
    }

    int devicesHeld() {
        synchronized (placements) {
            return placements.values().stream().mapToInt(PlaceGang::devices).sum();
        }
    }

    /// Takes the node under a placement down.
    void lose(String placementId) {
        synchronized (placements) {
            placements.remove(placementId);
        }
        bus.publish(
                Compute.PLACEMENT_LOST,
                new PlacementLost(placementId, "gateway", "n1", List.of(), 0),
                Call.platform(Duration.ofSeconds(1)));
    }

    List<String> placementIds() {
        synchronized (placements) {
            return new ArrayList<>(placements.keySet());
        }
    }

    private ServingReply serving() {
        synchronized (versions) {
            return new ServingReply(versions.values().stream()
                    .filter(ModelVersion::isServed)
                    .distinct()
                    .toList());
        }
    }

    private Future<ModelVersion> resolve(ResolveModel question) {
        @Nullable ModelVersion version;
        synchronized (versions) {
            version = versions.get(question.reference());
        }
        return version == null
                ? Future.failedFuture(new Refused(
                        Reason.NOT_FOUND, "model_not_found", "model " + question.reference() + " does not exist"))
                : Future.succeededFuture(version);
    }

    private Future<Placed> place(PlaceGang gang) {
        synchronized (placements) {
            int held = devicesHeld();
            if (held + gang.devices() > devices) {
                return Future.failedFuture(new Refused(
                        Reason.EXHAUSTED, "busy", gang.devices() + " devices wanted, " + (devices - held) + " free"));
            }
            String id = "p" + ++placed;
            placements.put(id, gang);
            List<DeviceRef> refs = new ArrayList<>();
            AcceleratorSpec given = gang.accelerators().contains(LPU.id()) ? LPU : H100;
            for (int i = 0; i < gang.devices(); i++) {
                refs.add(new DeviceRef("n1", i, given.id()));
            }
            return Future.succeededFuture(new Placed(id, refs, given));
        }
    }

    private Future<Released> release(ReleaseGang question) {
        synchronized (placements) {
            PlaceGang gang = placements.remove(question.placementId());
            return Future.succeededFuture(new Released(gang == null ? 0 : gang.devices()));
        }
    }

    /// Counts a request id once, and answers after a while, as a store does.
    private Future<UsagePriced> record(UsageRecord record) {
        usageAsked.incrementAndGet();
        if (usageRefusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            return Future.failedFuture(new Refused(Reason.UNAVAILABLE, "unavailable", "the store is away"));
        }
        usage.putIfAbsent(record.requestId(), record);
        Promise<UsagePriced> promise = Promise.promise();
        vertx.setTimer(
                USAGE_DELAY.toMillis(), timer -> promise.complete(new UsagePriced(record.completionTokens() * 10)));
        return promise.future();
    }
}
