package dev.pagoda.compute;

import dev.pagoda.compute.DeviceSample.Holding;
import dev.pagoda.compute.fleet.DeviceClocks;
import dev.pagoda.compute.fleet.DeviceIdentity;
import dev.pagoda.compute.fleet.PartitionKind;
import dev.pagoda.compute.fleet.PartitionScheme;
import dev.pagoda.compute.fleet.PartitionSchemes;
import dev.pagoda.compute.fleet.RunningCost;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/// Metrics of devices under the names that dashboards ask for: NVIDIA's dcgm-exporter
/// (https://github.com/NVIDIA/dcgm-exporter, `default-counters.csv`) for every device and MIG instance, and HAMi's
/// scheduler for shares of devices (https://github.com/Project-HAMi/HAMi).
///
/// Memory is what was promised. Utilisation is simulated: a job with work to do keeps its part of a device busy, and
/// engines tell how busy theirs are. Power follows utilisation as [RunningCost#watts] says, energy is its sum over
/// time, and temperature follows power. What the simulation has no notion of (error counters, PCIe traffic) is not
/// exported.
///
/// A node that is down exports nothing, as a dead exporter does. Safe from any thread.
final class DeviceExporter {
    private static final long MIB = 1L << 20;
    private static final double IDLE_CELSIUS = 28;
    private static final double CELSIUS_AT_LIMIT = 75;

    /// High-bandwidth memory runs a little hotter than the die's sensor tells.
    private static final double MEMORY_CELSIUS = 6;

    /// Of the time a device is busy, what a training step or a full decode batch typically keeps the tensor
    /// cores and the memory interface busy; a choice, as no profile of either is simulated.
    private static final double TENSOR = 0.4;

    private static final double DRAM = 0.5;

    /// By UUID.
    private final Map<String, Meter> meters = new HashMap<>();

    private final ToDoubleFunction<String> busy;
    private List<DeviceSample> samples = List.of();

    /// Energy that a device has drawn.
    private static final class Meter {
        private double joules;
        private double watts;
        private long sinceMicros;

        void at(long nowMicros) {
            joules += watts * Math.max(0, nowMicros - sinceMicros) / 1e6;
            sinceMicros = Math.max(sinceMicros, nowMicros);
        }
    }

    /// @param busy by job the part of the time its devices are busy, 0 to 1
    DeviceExporter(ToDoubleFunction<String> busy) {
        this.busy = busy;
    }

    /// Replaces what is exported.
    synchronized void changed(List<DeviceSample> now, long nowMicros) {
        settle(nowMicros);
        samples = List.copyOf(now);
        settle(nowMicros);
    }

    private void settle(long nowMicros) {
        for (DeviceSample sample : samples) {
            Meter meter = meters.computeIfAbsent(sample.identity().uuid(), first -> {
                var fresh = new Meter();
                fresh.sinceMicros = nowMicros;
                return fresh;
            });
            meter.at(nowMicros);
            meter.watts = watts(sample);
        }
    }

    synchronized void write(StringBuilder page, long nowMicros) {
        settle(nowMicros);
        clock(page, "DCGM_FI_DEV_SM_CLOCK", "SM clock frequency (in MHz).", (clocks, isBusy) -> clocks.smMhz(isBusy));
        clock(
                page,
                "DCGM_FI_DEV_MEM_CLOCK",
                "Memory clock frequency (in MHz).",
                (clocks, isBusy) -> clocks.memoryMhz());
        gauge(
                page,
                "DCGM_FI_DEV_MEMORY_TEMP",
                "Memory temperature (in C).",
                each -> Math.round(celsius(each) + MEMORY_CELSIUS));
        gauge(page, "DCGM_FI_DEV_GPU_TEMP", "GPU temperature (in C).", each -> Math.round(celsius(each)));
        gauge(page, "DCGM_FI_DEV_POWER_USAGE", "Power draw (in W).", this::watts);
        family(page, "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "counter", "Total energy consumption since boot (in mJ).");
        for (DeviceSample sample : samples) {
            Meter meter = meters.get(sample.identity().uuid());
            line(
                    page,
                    "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
                    sample,
                    "",
                    meter == null ? 0 : Math.rint(meter.joules * 1_000));
        }
        gauge(page, "DCGM_FI_DEV_GPU_UTIL", "GPU utilization (in %).", each -> Math.round(100 * utilisation(each)));
        gauge(
                page,
                "DCGM_FI_DEV_MEM_COPY_UTIL",
                "Memory utilization (in %).",
                each -> Math.round(100 * DRAM * utilisation(each)));
        memory(page, "DCGM_FI_DEV_FB_FREE", "Framebuffer memory free (in MiB).", true);
        memory(page, "DCGM_FI_DEV_FB_USED", "Framebuffer memory used (in MiB).", false);
        active(page, "DCGM_FI_PROF_GR_ENGINE_ACTIVE", "Ratio of time the graphics engine is active.", 1);
        active(page, "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "Ratio of cycles the tensor (HMMA) pipe is active.", TENSOR);
        active(page, "DCGM_FI_PROF_DRAM_ACTIVE", "Ratio of cycles the device memory interface is active.", DRAM);
        shares(page);
    }

    double utilisation(DeviceSample sample) {
        double sum = 0;
        for (Holding holding : sample.holdings()) {
            sum += busy.applyAsDouble(holding.job()) * part(sample, holding);
        }
        return Math.min(1, sum);
    }

    /// The part of the device's compute that a task holds.
    private static double part(DeviceSample sample, Holding holding) {
        return holding.isSlice() ? (double) holding.limit() / sample.memoryBytes() : holding.milli() / 1_000.0;
    }

    private double watts(DeviceSample sample) {
        return RunningCost.watts(sample.node(), utilisation(sample));
    }

    private double celsius(DeviceSample sample) {
        return IDLE_CELSIUS
                + (CELSIUS_AT_LIMIT - IDLE_CELSIUS)
                        * watts(sample)
                        / sample.node().accelerator().tdpWatts();
    }

    private interface Clock {
        int of(DeviceClocks clocks, boolean isBusy);
    }

    private void clock(StringBuilder page, String name, String help, Clock clock) {
        family(page, name, "gauge", help);
        for (DeviceSample sample : samples) {
            DeviceClocks.of(sample.node().accelerator().id())
                    .ifPresent(clocks -> line(page, name, sample, "", clock.of(clocks, utilisation(sample) > 0)));
        }
    }

    private void gauge(StringBuilder page, String name, String help, ToDoubleFunction<DeviceSample> value) {
        family(page, name, "gauge", help);
        for (DeviceSample sample : samples) {
            line(page, name, sample, "", value.applyAsDouble(sample));
        }
    }

    private void memory(StringBuilder page, String name, String help, boolean isFree) {
        family(page, name, "gauge", help);
        for (DeviceSample sample : samples) {
            if (!isMig(sample)) {
                long used = sample.usedBytes();
                line(page, name, sample, "", mib(isFree ? sample.memoryBytes() - used : used));
            }
            for (Holding slice : instances(sample)) {
                long bytes = isFree ? slice.limit() - slice.bytes() : slice.bytes();
                line(page, name, sample, instance(sample, slice), mib(bytes));
            }
        }
    }

    /// @param share of the time that a busy device uses this part of it
    private void active(StringBuilder page, String name, String help, double share) {
        family(page, name, "gauge", help);
        for (DeviceSample sample : samples) {
            if (!isMig(sample)) {
                line(page, name, sample, "", share * utilisation(sample));
            }
            for (Holding slice : instances(sample)) {
                line(page, name, sample, instance(sample, slice), share * busy.applyAsDouble(slice.job()));
            }
        }
    }

    private static boolean isMig(DeviceSample sample) {
        return !sample.mode().isEmpty()
                && PartitionSchemes.named(sample.node().accelerator(), sample.mode())
                                .kind()
                        == PartitionKind.MIG;
    }

    private static List<Holding> instances(DeviceSample sample) {
        return isMig(sample)
                ? sample.holdings().stream().filter(Holding::isSlice).toList()
                : List.of();
    }

    private static String instance(DeviceSample sample, Holding slice) {
        PartitionScheme mig = PartitionSchemes.named(sample.node().accelerator(), sample.mode());
        DeviceIdentity.MigInstance found = sample.identity().instance(mig, slice.profile(), slice.slots());
        return ",GPU_I_PROFILE=\"" + found.profile() + "\",GPU_I_ID=\"" + found.instanceId() + '"';
    }

    private void shares(StringBuilder page) {
        share(page, "hami_gpu_memory_limit_bytes", "Device memory that can be allocated.", DeviceSample::memoryBytes);
        share(
                page,
                "hami_gpu_memory_allocated_bytes",
                "Device memory allocated to containers.",
                each -> Math.min(
                        each.memoryBytes(),
                        each.holdings().stream().mapToLong(Holding::limit).sum()));
        share(
                page,
                "hami_gpu_shared_count",
                "Containers that share a device.",
                each -> each.holdings().size());
        family(page, "hami_gpu_core_allocated_ratio", "gauge", "Part of a device's cores allocated, in percent.");
        for (DeviceSample sample : samples) {
            double percent = sample.holdings().stream()
                    .mapToDouble(each -> 100 * part(sample, each))
                    .sum();
            hami(page, "hami_gpu_core_allocated_ratio", sample, "", percent);
        }
        holding(page, "hami_vgpu_memory_limit_bytes", "Memory that a container may use of a device.", Holding::limit);
        holding(page, "hami_vgpu_memory_used_bytes", "Memory that a container uses of a device.", Holding::bytes);
    }

    private void share(StringBuilder page, String name, String help, ToLongFunction<DeviceSample> value) {
        family(page, name, "gauge", help);
        for (DeviceSample sample : samples) {
            hami(page, name, sample, "", (double) value.applyAsLong(sample));
        }
    }

    private void holding(StringBuilder page, String name, String help, ToLongFunction<Holding> value) {
        family(page, name, "gauge", help);
        for (DeviceSample sample : samples) {
            for (Holding each : sample.holdings()) {
                String who = ",namespace=\"" + escaped(each.queue()) + "\",pod=\"" + each.job() + '"';
                hami(page, name, sample, who, (double) value.applyAsLong(each));
            }
        }
    }

    /// Whole ones, rounded down.
    private static double mib(long bytes) {
        return Math.floor((double) bytes / MIB);
    }

    private static void family(StringBuilder page, String name, String type, String help) {
        page.append("# HELP ").append(name).append(' ').append(help).append('\n');
        page.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    /// dcgm-exporter renamed `Hostname` to `hostname` in 2026; boards ask for either.
    private static void line(StringBuilder page, String name, DeviceSample sample, String more, double value) {
        if (!sample.isUp()) {
            return;
        }
        DeviceIdentity identity = sample.identity();
        page.append(name).append("{gpu=\"").append(identity.index());
        page.append("\",UUID=\"").append(identity.uuid());
        page.append("\",pci_bus_id=\"").append(identity.pciBusId());
        page.append("\",device=\"").append(identity.device());
        page.append("\",modelName=\"").append(identity.modelName()).append('"').append(more);
        page.append(",Hostname=\"").append(identity.hostname());
        page.append("\",hostname=\"").append(identity.hostname()).append("\"}");
        value(page, value);
    }

    private static void hami(StringBuilder page, String name, DeviceSample sample, String more, double value) {
        if (!sample.isUp()) {
            return;
        }
        DeviceIdentity identity = sample.identity();
        page.append(name).append("{node=\"").append(identity.hostname());
        page.append("\",device_index=\"").append(identity.index());
        page.append("\",device_uuid=\"").append(identity.uuid());
        page.append("\",device_type=\"")
                .append(identity.modelName())
                .append('"')
                .append(more)
                .append('}');
        value(page, value);
    }

    private static void value(StringBuilder page, double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            page.append(' ').append((long) value).append('\n');
        } else {
            page.append(' ').append(String.format(Locale.ROOT, "%.6f", value)).append('\n');
        }
    }

    private static String escaped(String label) {
        return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
