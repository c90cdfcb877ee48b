package dev.pagoda.compute.fleet;

import dev.pagoda.compute.api.AcceleratorSpec;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/// What a device is called by the exporters of metrics: the labels of NVIDIA's dcgm-exporter, for other makers'
/// devices in the same form.
///
/// @param index     of the device in its node, label `gpu`
/// @param uuid      label `UUID`; the same for the same node and index, always
/// @param pciBusId  label `pci_bus_id`
/// @param device    label `device`
/// @param modelName label `modelName`
/// @param hostname  labels `hostname` and `Hostname`
public record DeviceIdentity(
        int index, String uuid, String pciBusId, String device, String modelName, String hostname) {
    /// The strings that NVML reports, where they are not the maker and the model of the catalogue.
    private static final Map<String, String> MODEL_NAMES = Map.ofEntries(
            Map.entry("v100-sxm2-32g", "Tesla V100-SXM2-32GB"),
            Map.entry("t4", "Tesla T4"),
            Map.entry("a10", "NVIDIA A10"),
            Map.entry("l4", "NVIDIA L4"),
            Map.entry("l40s", "NVIDIA L40S"),
            Map.entry("l20", "NVIDIA L20"),
            Map.entry("a100-sxm-40g", "NVIDIA A100-SXM4-40GB"),
            Map.entry("a100-sxm-80g", "NVIDIA A100-SXM4-80GB"),
            Map.entry("h100-sxm", "NVIDIA H100 80GB HBM3"),
            Map.entry("h200-sxm", "NVIDIA H200"),
            Map.entry("h20", "NVIDIA H20"),
            Map.entry("b200-sxm", "NVIDIA B200"),
            Map.entry("gb200", "NVIDIA GB200"),
            Map.entry("rtx4090", "NVIDIA GeForce RTX 4090"),
            Map.entry("rtx-pro-6000", "NVIDIA RTX PRO 6000 Blackwell Server Edition"),
            Map.entry("mi250x", "AMD Instinct MI250X"),
            Map.entry("mi300x", "AMD Instinct MI300X"));

    /// Of each maker the name of the device file, and what its UUIDs begin with.
    private static final Map<String, String[]> MAKERS = Map.of(
            "NVIDIA", new String[] {"nvidia", "GPU"},
            "AMD", new String[] {"card", "GPU"},
            "Huawei", new String[] {"davinci", "NPU"},
            "Cambricon", new String[] {"cambricon_dev", "MLU"},
            "Hygon", new String[] {"card", "DCU"},
            "Moore Threads", new String[] {"mtgpu", "GPU"},
            "MetaX", new String[] {"card", "GPU"},
            "Enflame", new String[] {"gcu", "GCU"},
            "Kunlunxin", new String[] {"xpu", "XPU"});

    private static final String[] OTHERS = {"accel", "DEV"};

    /// The identity of a device of a node.
    public static DeviceIdentity of(Node node, int index) {
        if (index < 0 || index >= node.devices()) {
            throw new IndexOutOfBoundsException("device " + index + " of node " + node.id());
        }
        AcceleratorSpec spec = node.accelerator();
        String[] maker = MAKERS.getOrDefault(spec.vendor(), OTHERS);
        // one bus behind each root port, spread over the range that the BIOS gives to each socket
        int bus = 0x07 + node.numaOf(index) * 0x80 + index % 16 * 0x08;
        return new DeviceIdentity(
                index,
                maker[1] + "-" + uuid(node.id() + "/" + index),
                String.format(Locale.ROOT, "%08X:%02X:00.0", index / 16, bus & 0xFF),
                maker[0] + index,
                MODEL_NAMES.getOrDefault(spec.id(), spec.vendor() + " " + spec.model()),
                node.id());
    }

    /// The labels of a MIG instance beside those of its device.
    ///
    /// @param profile    label `GPU_I_PROFILE`
    /// @param instanceId label `GPU_I_ID`
    /// @param uuid       of the instance, `MIG-...`
    public record MigInstance(String profile, int instanceId, String uuid) {}

    /// The MIG instance that sits on these slots of the device.
    ///
    /// Instances are numbered as drivers do: 0 for the whole, 1 and 2 for the halves, 3 to 6 for the quarters,
    /// 7 to 14 for the eighths of memory; with four memory slices 0, 1 and 2, 3 to 6.
    ///
    /// @throws IllegalArgumentException if the profile cannot sit there
    public MigInstance instance(PartitionScheme mig, String profile, long slots) {
        int number = mig.indexOf(profile);
        if (mig.kind() != PartitionKind.MIG || number < 0 || !mig.isPlacement(number, slots)) {
            throw new IllegalArgumentException(
                    profile + " of mode " + mig + " cannot sit on slots " + Long.toBinaryString(slots));
        }
        long memory = slots & mig.fixedSlots();
        int size = Long.bitCount(memory);
        int id = Long.bitCount(mig.fixedSlots()) / size - 1 + Long.numberOfTrailingZeros(memory) / size;
        return new MigInstance(profile, id, "MIG-" + uuid(uuid + "/" + id));
    }

    private static String uuid(String name) {
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
    }
}
