package dev.pagoda.compute.kubernetes;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.kubernetes.DeviceResource.Meaning;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The resource names of one device plugin.
///
/// Names and units: the chart and the code of HAMi (https://github.com/Project-HAMi/HAMi,
/// `charts/hami/values.yaml`,
/// `pkg/device/*/device.go`, read at 4707fb02 of 2026-08-21), NVIDIA's device plugin for `mig-*` and
/// `gpu.shared`, AMD's device plugin for the names of partition modes, and the makers' plugins for the rest.
///
/// @param maker         as the catalogue writes it
/// @param accelerators  ids of the catalogue, empty for all of the maker
/// @param isCountNeeded whether memory or cores without a number of devices are refused rather than taken for
///     one
/// @param sharing       how memory and cores of one device become a share
/// @param coresUnsaid   what a request without cores claims, in thousandths; 0 for no claim
record DeviceFamily(String maker, Set<String> accelerators, boolean isCountNeeded, Sharing sharing, int coresUnsaid) {
    private static final long MIB = 1L << 20;

    /// How memory and cores become a part of a device.
    enum Sharing {
        /// As they are, by limits of software.
        LIMITS,
        /// The smallest partition with at least that.
        SMALLEST_PROFILE,
        /// A quarter, a half or the whole of memory, and cores in proportion.
        QUARTERS,
        /// Two to the power of n units of memory; several devices only whole.
        POWERS,
        /// Only whole devices.
        NONE
    }

    boolean covers(AcceleratorSpec spec) {
        return spec.vendor().equals(maker) && (accelerators.isEmpty() || accelerators.contains(spec.id()));
    }

    /// Every name whose form is fixed; MIG's and AMD's partitions come from the tables of partitions.
    static List<DeviceResource> resources() {
        List<DeviceResource> all = new ArrayList<>();
        var nvidia = all("NVIDIA", false, Sharing.LIMITS, 0);
        count(all, nvidia, "nvidia.com/gpu");
        add(all, nvidia, "nvidia.com/gpumem", new Meaning.Memory(MIB));
        add(all, nvidia, "nvidia.com/gpumem-percentage", new Meaning.MemoryPercent());
        add(all, nvidia, "nvidia.com/gpucores", new Meaning.Cores(100));
        add(all, nvidia, "nvidia.com/gpu.shared", new Meaning.Slices("shared"));

        var amd = all("AMD", true, Sharing.LIMITS, 1_000);
        count(all, amd, "amd.com/gpu");
        add(all, amd, "amd.com/gpumem", new Meaning.Memory(MIB));
        add(all, amd, "amd.com/gpucores", new Meaning.Cores(100));

        ascend(all, "Ascend910B2", "ascend-910b2");
        ascend(all, "Ascend910B3", "ascend-910b3");
        ascend(all, "Ascend910B4", "ascend-910b4");
        ascend(all, "Ascend910C", "ascend-910c");
        ascend(all, "Ascend310P", "ascend-310p3");

        var cambricon = all("Cambricon", true, Sharing.LIMITS, 1_000);
        count(all, cambricon, "cambricon.com/vmlu");
        add(all, cambricon, "cambricon.com/mlu", new Meaning.WholeCount());
        for (String model : List.of("mlu", "mlu370", "mlu590")) {
            add(all, cambricon, "cambricon.com/" + model + ".smlu.vmemory", new Meaning.Memory(256 * MIB));
            add(all, cambricon, "cambricon.com/" + model + ".smlu.vcore", new Meaning.Cores(100));
        }

        var hygon = all("Hygon", true, Sharing.LIMITS, 1_000);
        count(all, hygon, "hygon.com/dcunum");
        add(all, hygon, "hygon.com/dcumem", new Meaning.Memory(MIB));
        add(all, hygon, "hygon.com/dcucores", new Meaning.Cores(100));

        var iluvatar = new DeviceFamily("Iluvatar", Set.of("bi-v100"), true, Sharing.LIMITS, 0);
        count(all, iluvatar, "iluvatar.ai/BI-V100-vgpu");
        add(all, iluvatar, "iluvatar.ai/BI-V100.vMem", new Meaning.Memory(256 * MIB));
        add(all, iluvatar, "iluvatar.ai/BI-V100.vCore", new Meaning.Cores(100));

        var mthreads = all("Moore Threads", true, Sharing.POWERS, 0);
        count(all, mthreads, "mthreads.com/vgpu");
        add(all, mthreads, "mthreads.com/sgpu-memory", new Meaning.Memory(512 * MIB));
        add(all, mthreads, "mthreads.com/sgpu-core", new Meaning.Cores(16));

        var metax = all("MetaX", true, Sharing.LIMITS, 1_000);
        count(all, metax, "metax-tech.com/sgpu");
        add(all, metax, "metax-tech.com/gpu", new Meaning.WholeCount());
        // a bare number is GiB, `2048Mi` is taken as it says
        add(all, metax, "metax-tech.com/vmemory", new Meaning.Memory(1_024 * MIB));
        add(all, metax, "metax-tech.com/vcore", new Meaning.Cores(100));

        var enflame = all("Enflame", false, Sharing.SMALLEST_PROFILE, 0);
        add(all, enflame, "enflame.com/gcu", new Meaning.WholeCount());
        add(all, enflame, "enflame.com/drs-gcu", new Meaning.SliceSize());
        add(all, enflame, "enflame.com/gcu-memory", new Meaning.Memory(MIB));
        add(all, enflame, "enflame.com/gcu-core", new Meaning.Cores(100));

        var kunlunxin = all("Kunlunxin", true, Sharing.QUARTERS, 0);
        count(all, kunlunxin, "kunlunxin.com/vxpu");
        add(all, kunlunxin, "kunlunxin.com/xpu", new Meaning.WholeCount());
        add(all, kunlunxin, "kunlunxin.com/vxpu-memory", new Meaning.Memory(MIB));

        whole(all, "Biren", "birentech.com/gpu");
        whole(all, "Google", "google.com/tpu");
        whole(all, "Groq", "groq.com/lpu");
        var gaudi = new DeviceFamily("Intel", Set.of("gaudi2", "gaudi3"), true, Sharing.NONE, 0);
        add(all, gaudi, "habana.ai/gaudi", new Meaning.WholeCount());
        return all;
    }

    private static DeviceFamily all(String maker, boolean isCountNeeded, Sharing sharing, int coresUnsaid) {
        return new DeviceFamily(maker, Set.of(), isCountNeeded, sharing, coresUnsaid);
    }

    private static void ascend(List<DeviceResource> all, String chip, String accelerator) {
        var family = new DeviceFamily("Huawei", Set.of(accelerator), true, Sharing.SMALLEST_PROFILE, 0);
        count(all, family, "huawei.com/" + chip);
        add(all, family, "huawei.com/" + chip + "-memory", new Meaning.Memory(MIB));
        add(all, family, "huawei.com/" + chip + "-core", new Meaning.Cores(100));
    }

    private static void whole(List<DeviceResource> all, String maker, String name) {
        add(all, all(maker, true, Sharing.NONE, 0), name, new Meaning.WholeCount());
    }

    private static void count(List<DeviceResource> all, DeviceFamily family, String name) {
        add(all, family, name, new Meaning.Count());
    }

    private static void add(List<DeviceResource> all, DeviceFamily family, String name, Meaning meaning) {
        all.add(new DeviceResource(name, family, meaning));
    }
}
