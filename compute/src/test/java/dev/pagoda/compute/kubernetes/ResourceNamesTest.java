package dev.pagoda.compute.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.placement.Demand;
import dev.pagoda.compute.placement.Share;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ResourceNamesTest {
    private static final AcceleratorCatalogue CATALOGUE = AcceleratorCatalogue.shipped();
    private static final ResourceNames NAMES = new ResourceNames(CATALOGUE);
    private static final long MIB = 1L << 20;

    /// Requests as HAMi's examples write them, on an accelerator of the maker.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a100-sxm-80g | nvidia.com/gpu=2 | 2 whole",
                "a100-sxm-80g | nvidia.com/gpu=1 nvidia.com/gpumem=3000 nvidia.com/gpucores=30 | 1 of 300/3000",
                "a100-sxm-80g | nvidia.com/gpu=2 nvidia.com/gpumem=3k | 2 of 1/3000",
                "a100-sxm-80g | nvidia.com/gpumem=8000 | 1 of 1/8000",
                "t4 | nvidia.com/gpu=1 nvidia.com/gpumem-percentage=50 | 1 of 1/8192",
                "h100-sxm | nvidia.com/gpu=1 nvidia.com/gpumem-percentage=50 | 1 of 1/40960",
                "h100-sxm | nvidia.com/gpu=1 nvidia.com/gpumem-percentage=100 nvidia.com/gpucores=100 | 1 whole",
                "h100-sxm | nvidia.com/gpu=1 nvidia.com/gpucores=25 | 1 of 250/81920",
                "h100-sxm | nvidia.com/gpu=1 nvidia.com/gpumem=0 | 1 whole",
                "h100-sxm | nvidia.com/mig-1g.10gb=3 | 3 slices 1g.10gb",
                "h100-sxm | nvidia.com/mig-1g.10gb.me=1 | 1 slices 1g.10gb+me",
                "rtx-pro-6000 | nvidia.com/mig-2g.48gb-me=1 | 1 slices 2g.48gb-me",
                "t4 | nvidia.com/gpu.shared=2 | 2 slices shared",
                "mi300x | amd.com/gpu=8 | 8 whole",
                "mi300x | amd.com/gpu=1 amd.com/gpumem=16384 amd.com/gpucores=25 | 1 of 250/16384",
                "mi300x | amd.com/gpu=1 amd.com/gpumem=16384 | 1 of 1000/16384",
                "mi300x | amd.com/cpx_nps4=5 | 5 slices cpx_nps4",
                "ascend-910b3 | huawei.com/Ascend910B3=8 | 8 whole",
                "ascend-910b3 | huawei.com/Ascend910B3=1 huawei.com/Ascend910B3-memory=2000 | 1 slices vir05_1c_16g",
                "ascend-910b3 | huawei.com/Ascend910B3=1 huawei.com/Ascend910B3-memory=16385 | 1 slices vir10_3c_32g",
                "ascend-910b3 | huawei.com/Ascend910B3=1 huawei.com/Ascend910B3-memory=40000 | 1 whole",
                "ascend-910b3 | huawei.com/Ascend910B3=1 huawei.com/Ascend910B3-memory=9000"
                        + " huawei.com/Ascend910B3-core=20 | 1 of 200/9000",
                "ascend-310p3 | huawei.com/Ascend310P=1 huawei.com/Ascend310P-memory=2000 | 1 slices vir01",
                "mlu370-x8 | cambricon.com/vmlu=1 cambricon.com/mlu370.smlu.vmemory=20"
                        + " cambricon.com/mlu370.smlu.vcore=10 | 1 of 100/5120",
                "mlu590 | cambricon.com/vmlu=1 cambricon.com/mlu.smlu.vmemory=4 | 1 of 1000/1024",
                "dcu-k100-ai | hygon.com/dcunum=1 hygon.com/dcumem=2000 hygon.com/dcucores=60 | 1 of 600/2000",
                "bi-v100 | iluvatar.ai/BI-V100-vgpu=1 iluvatar.ai/BI-V100.vCore=50 iluvatar.ai/BI-V100.vMem=64"
                        + " | 1 of 500/16384",
                "mtt-s4000 | mthreads.com/vgpu=1 mthreads.com/sgpu-memory=32 mthreads.com/sgpu-core=8 | 1 of 500/16384",
                "mtt-s4000 | mthreads.com/vgpu=1 mthreads.com/sgpu-memory=96 | 1 whole",
                "mtt-s4000 | mthreads.com/vgpu=2 | 2 whole",
                "metax-c500 | metax-tech.com/gpu=4 | 4 whole",
                "metax-c500 | metax-tech.com/sgpu=1 metax-tech.com/vcore=60 metax-tech.com/vmemory=4 | 1 of 600/4096",
                "metax-c500 | metax-tech.com/sgpu=1 metax-tech.com/vcore=60 metax-tech.com/vmemory=2048Mi"
                        + " | 1 of 600/2048",
                "enflame-t21 | enflame.com/gcu=2 | 2 whole",
                "enflame-t21 | enflame.com/drs-gcu=3 | 1 slices 3g.16gb",
                "enflame-t21 | enflame.com/gcu-memory=10240 enflame.com/gcu-core=40 | 1 slices 3g.16gb",
                "kunlun-p800 | kunlunxin.com/xpu=8 | 8 whole",
                "kunlun-p800 | kunlunxin.com/vxpu=1 kunlunxin.com/vxpu-memory=20000 | 1 of 250/24576",
                "kunlun-p800 | kunlunxin.com/vxpu=1 kunlunxin.com/vxpu-memory=24577 | 1 of 500/49152",
                "br104 | birentech.com/gpu=1 | 1 whole",
                "gaudi3 | habana.ai/gaudi=8 | 8 whole",
                "tpu-v5e | google.com/tpu=4 | 4 whole",
                "groq-lpu | groq.com/lpu=2 | 2 whole"
            })
    void readsWhatUsersOfKubernetesWrite(String accelerator, String resources, String expected) {
        Demand demand = NAMES.parse(resources(resources))
                .on(CATALOGUE.get(accelerator))
                .orElseThrow(() -> new AssertionError(resources + " has no part of " + accelerator));
        assertEquals(expected, text(demand));
        assertEquals(Set.of(accelerator), demand.accelerators());
    }

    @Test
    void takesCoresAndMemoryOfTheHost() {
        ResourceRequest request = NAMES.parse(Map.of("cpu", "1500m", "memory", "16Gi"));
        assertEquals(Demand.ofCpu(1_500, 16_384), request.demand(CATALOGUE.all()));
        assertEquals(Demand.ofCpu(0, 0), NAMES.parse(Map.of()).demand(CATALOGUE.all()));
        assertEquals(0, NAMES.parse(Map.of("nvidia.com/gpu", "0")).devices());
    }

    @Test
    void nameStandsForEveryAcceleratorOfItsMaker() {
        Demand demand = NAMES.parse(resources("nvidia.com/mig-1g.10gb=1")).demand(CATALOGUE.all());
        assertEquals(Set.of("a100-sxm-40g", "a100-sxm-80g", "h100-sxm"), demand.accelerators());
        assertEquals(
                Set.of("mlu370-x8"),
                NAMES.parse(resources("cambricon.com/vmlu=1 cambricon.com/mlu370.smlu.vcore=10"))
                        .demand(CATALOGUE.all())
                        .accelerators());
    }

    @Test
    void percentageIsAnotherDemandOnEachSizeOfDevice() {
        ResourceRequest half = NAMES.parse(resources("nvidia.com/gpu=1 nvidia.com/gpumem-percentage=50"));
        List<AcceleratorSpec> fleet = List.of(CATALOGUE.get("t4"), CATALOGUE.get("l4"), CATALOGUE.get("a10"));
        assertEquals(
                List.of(Set.of("t4"), Set.of("l4", "a10")),
                half.demands(fleet).stream().map(Demand::accelerators).toList());
        var error = assertThrows(IllegalArgumentException.class, () -> half.demand(fleet));
        assertTrue(String.valueOf(error.getMessage()).endsWith("; name the accelerator"), error.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nvidia.com/gpus=1 | resource nvidia.com/gpus is unknown; the nearest is nvidia.com/gpu",
                "nvidia.com/mig-1g.11gb=1 | resource nvidia.com/mig-1g.11gb is unknown; the nearest is"
                        + " nvidia.com/mig-1g.10gb",
                "huawei.com/Ascend910B5=1 | resource huawei.com/Ascend910B5 is unknown; the nearest is"
                        + " huawei.com/Ascend910B2",
                "memroy=1Gi | resource memroy is unknown; the nearest is memory",
                "nvidia.com/gpu=-1 | nvidia.com/gpu is -1, below 0",
                "nvidia.com/gpu=1e12 | nvidia.com/gpu is 1e12, above 64 devices",
                "nvidia.com/gpu=0.5 | nvidia.com/gpu is 0.5, expected a whole number of devices, 0 to 64",
                "nvidia.com/gpu=500m | nvidia.com/gpu is 500m, expected a whole number of devices, 0 to 64",
                "nvidia.com/gpu=many | nvidia.com/gpu is \"many\", expected a Kubernetes quantity such as 2, 500m, 16Gi or"
                        + " 1e3",
                "cpu=1e12 | cpu is 1e12, above 1000000000 thousandths of a core",
                "memory=-5Gi | memory is -5Gi, below 0",
                "memory=1e18 | memory is 1e18, above 1073741824 MiB",
                "nvidia.com/gpumem=1e12 | nvidia.com/gpumem is 1e12, above 2147483647 units of 1 MiB",
                "nvidia.com/gpumem=16Gi | nvidia.com/gpumem is 16Gi, but it counts units of 1 MiB, expected 16384",
                "nvidia.com/gpucores=101 | nvidia.com/gpucores is 101, above 100 percent",
                "nvidia.com/gpucores=12.5 | nvidia.com/gpucores is 12.5, expected a whole number of percent, 0 to 100",
                "nvidia.com/gpumem-percentage=0 | nvidia.com/gpumem-percentage is 0, expected 1 to 100 percent",
                "nvidia.com/gpumem=1 nvidia.com/gpumem-percentage=1 | nvidia.com/gpumem and nvidia.com/gpumem-percentage"
                        + " both say how much memory, give one",
                "nvidia.com/gpu=1 huawei.com/Ascend910B3=1 | huawei.com/Ascend910B3 and nvidia.com/gpu are of different"
                        + " devices; a task gets devices of one sort",
                "huawei.com/Ascend910B3=1 huawei.com/Ascend910B2-memory=1 | huawei.com/Ascend910B2-memory and"
                        + " huawei.com/Ascend910B3 are of different devices; a task gets devices of one sort",
                "nvidia.com/gpu=1 nvidia.com/mig-1g.10gb=1 | nvidia.com/gpu and nvidia.com/mig-1g.10gb exclude each other,"
                        + " give one",
                "nvidia.com/mig-1g.10gb=1 nvidia.com/gpumem=5 | nvidia.com/gpumem does not go with"
                        + " nvidia.com/mig-1g.10gb, which says how much by itself",
                "metax-tech.com/gpu=1 metax-tech.com/vcore=5 | metax-tech.com/vcore does not go with metax-tech.com/gpu,"
                        + " which says how much by itself",
                "hygon.com/dcumem=5 | hygon.com/dcumem says how much of each device, but nothing says how many; expected a"
                        + " count of them too",
                "hygon.com/dcunum=0 hygon.com/dcumem=5 | hygon.com/dcunum is 0, but hygon.com/dcumem is given",
                "mthreads.com/vgpu=1 mthreads.com/sgpu-memory=3 | mthreads.com/sgpu-memory is 3, expected 2, 4, 8, 16, 32,"
                        + " 64 or 96 units of 512 MiB",
                "mthreads.com/vgpu=2 mthreads.com/sgpu-memory=4 | mthreads.com/sgpu-memory asks for a part of a device;"
                        + " several are given whole, not 2",
                "huawei.com/Ascend910B3=2 huawei.com/Ascend910B3-memory=4 | huawei.com/Ascend910B3-memory asks for a part"
                        + " of a device; a task gets one such part, not 2",
                "mthreads.com/vgpu=1 mthreads.com/sgpu-core=17 | mthreads.com/sgpu-core is 17, above 16 parts of 16"
            })
    void saysWhatIsWrongAndWhatWouldBeRight(String resources, String message) {
        var error = assertThrows(IllegalArgumentException.class, () -> NAMES.parse(resources(resources)));
        assertEquals(message, error.getMessage());
    }

    @Test
    void saysWhichDevicesThereAreWhenNoneWillDo() {
        List<AcceleratorSpec> fleet = List.of(CATALOGUE.get("t4"), CATALOGUE.get("ascend-910b3"));
        assertEquals(
                "no device gives nvidia.com/gpumem=20000; there are t4 with 16384 MiB",
                refusal("nvidia.com/gpumem=20000", fleet));
        assertEquals(
                "no accelerator answers to amd.com/gpu=1; there are t4, ascend-910b3", refusal("amd.com/gpu=1", fleet));
        assertEquals(
                "no device gives nvidia.com/mig-1g.10gb=1; there are t4 with 16384 MiB",
                refusal("nvidia.com/mig-1g.10gb=1", fleet));
    }

    @Test
    void everyNameOfTheCatalogueIsKnown() {
        for (AcceleratorSpec spec : CATALOGUE.all()) {
            String name = spec.kubernetesResource();
            if (!name.isEmpty() && !name.equals("cpu")) {
                String amount = "1";
                assertTrue(
                        NAMES.parse(Map.of(name, amount)).on(spec).isPresent(),
                        spec.id() + " does not answer to " + name);
            }
        }
    }

    @Test
    void noMapOfResourcesBreaksIt() {
        var random = new SplittableRandom(11);
        List<String> names = List.copyOf(NAMES.names());
        List<String> amounts =
                List.of("0", "1", "2", "64", "1e12", "-3", "0.5", "16Gi", "3k", "x", "100", "96", "1e18");
        int demands = 0;
        for (int i = 0; i < 20_000; i++) {
            Map<String, String> resources = new HashMap<>();
            for (int count = random.nextInt(4); count >= 0; count--) {
                resources.put(names.get(random.nextInt(names.size())), amounts.get(random.nextInt(amounts.size())));
            }
            try {
                for (Demand demand : NAMES.parse(resources).demands(CATALOGUE.all())) {
                    assertTrue(demand.devices() >= 0 && demand.devices() <= 64);
                    demands++;
                }
            } catch (IllegalArgumentException e) {
                assertFalse(String.valueOf(e.getMessage()).isBlank(), () -> new TreeMap<>(resources).toString());
            }
        }
        assertTrue(demands > 500, demands + " demands");
    }

    private static String refusal(String resources, List<AcceleratorSpec> fleet) {
        ResourceRequest request = NAMES.parse(resources(resources));
        return String.valueOf(assertThrows(IllegalArgumentException.class, () -> request.demands(fleet))
                .getMessage());
    }

    private static Map<String, String> resources(String text) {
        Map<String, String> resources = new HashMap<>();
        for (String pair : text.split(" ", -1)) {
            resources.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
        }
        return resources;
    }

    private static String text(Demand demand) {
        return demand.devices()
                + switch (demand.share()) {
                    case Share.Whole whole -> " whole";
                    case Share.Fraction part -> " of " + part.milli() + "/" + part.bytes() / MIB;
                    case Share.Slice slice -> " slices " + slice.profile();
                };
    }
}
