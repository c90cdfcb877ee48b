package dev.pagoda.compute.fleet;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.fleet.Footprint.Pool;
import dev.pagoda.compute.fleet.Footprint.Way;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// The modes that each accelerator of the catalogue can be brought into.
///
/// Every device starts in the mode [#WHOLE_MODE]; [#of] lists those that divide it. Time slicing and MPS take a
/// number of turns, so they are made on demand, with [#named].
public final class PartitionSchemes {
    /// The mode of every device that nobody has cut.
    public static final String WHOLE_MODE = "whole";

    /// The one profile of the whole mode.
    public static final String WHOLE_PROFILE = "whole";

    /// The one profile of time slicing and of MPS, as NVIDIA's device plugin names the resource (`gpu.shared`).
    public static final String SHARED_PROFILE = "shared";

    /// NVIDIA's device plugin sets no bound; MPS serves 48 clients.
    public static final int MAX_TURNS = 48;

    private static final String TIME_SLICING = "time-slicing-";
    private static final String MPS = "mps-";

    /// amd-smi changes the compute partition within seconds, but a memory partition only with a reload of the
    /// driver, which its own progress bar puts at up to 140 s (both estimates).
    private static final PartitionTimes COMPUTE_ONLY = PartitionTimes.seconds(10, 0);

    private static final PartitionTimes COMPUTE_AND_MEMORY = PartitionTimes.seconds(140, 0);

    /// A change of the device plugin's configuration restarts it (estimate).
    private static final PartitionTimes PLUGIN_RESTART = PartitionTimes.seconds(15, 0);

    /// `npu-smi set -t create-vnpu` needs no reset (estimate).
    private static final PartitionTimes VNPU = PartitionTimes.seconds(5, 1);

    private PartitionSchemes() {}

    /// The modes that divide an accelerator, none for most; those with a number of turns are left out.
    public static List<PartitionScheme> of(AcceleratorSpec spec) {
        long bytes = spec.memory().bytes();
        List<PartitionScheme> modes = new ArrayList<>();
        if (MigTables.has(spec.id())) {
            modes.add(MigTables.of(spec.id(), bytes));
        }
        switch (spec.id()) {
            case "mi300x" -> modes.addAll(mi300x(bytes));
            case "mi250x" -> modes.add(halves(bytes));
            case "ascend-910b2" -> modes.add(ascend910b2());
            case "ascend-910b3" -> modes.add(ascend910b3());
            case "ascend-910b4" -> modes.add(ascend910b4());
            case "ascend-910c" -> modes.add(ascend910c());
            case "ascend-310p3" -> modes.add(ascend310p());
            case "enflame-t21" -> modes.add(drs(bytes));
            default -> {
                // nothing but the whole device
            }
        }
        return List.copyOf(modes);
    }

    /// A mode by name, the whole one and those with a number of turns (`time-slicing-4`, `mps-8`) included.
    ///
    /// @throws IllegalArgumentException if the accelerator has no such mode, naming those that it has
    public static PartitionScheme named(AcceleratorSpec spec, String name) {
        boolean isNvidia = spec.vendor().equals("NVIDIA");
        if (isNvidia && name.startsWith(TIME_SLICING)) {
            return turns(spec, name, PartitionKind.TIME_SLICING, TIME_SLICING);
        }
        if (isNvidia && name.startsWith(MPS)) {
            return turns(spec, name, PartitionKind.MPS, MPS);
        }
        if (name.equals(WHOLE_MODE)) {
            return whole(spec);
        }
        List<PartitionScheme> modes = of(spec);
        return modes.stream()
                .filter(mode -> mode.name().equals(name))
                .findFirst()
                .orElseThrow(() -> {
                    List<String> names = new ArrayList<>(List.of(WHOLE_MODE));
                    modes.forEach(mode -> names.add(mode.name()));
                    if (isNvidia) {
                        names.add(TIME_SLICING + "N");
                        names.add(MPS + "N");
                    }
                    return new IllegalArgumentException("accelerator " + spec.id() + " has no mode " + name
                            + "; its modes are " + String.join(", ", names));
                });
    }

    /// The mode of an accelerator that has a partition profile.
    ///
    /// @throws IllegalArgumentException if none has it, naming the nearest profile
    public static PartitionScheme withProfile(AcceleratorSpec spec, String profile) {
        List<PartitionScheme> modes = of(spec);
        for (PartitionScheme mode : modes) {
            if (mode.indexOf(profile) >= 0) {
                return mode;
            }
        }
        List<String> names = modes.stream()
                .flatMap(mode -> mode.profiles().stream())
                .map(PartitionProfile::name)
                .toList();
        throw new IllegalArgumentException("accelerator " + spec.id() + " has no partition profile " + profile
                + "; the nearest is " + NearestName.of(profile, names).orElse("none"));
    }

    /// The MIG mode of a product, also of those that the catalogue has no row for (`a30-24gb`, `h100-94gb`,
    /// ...).
    ///
    /// @throws IllegalArgumentException if the product has no table, naming the nearest
    public static PartitionScheme mig(String product, long memoryBytes) {
        return MigTables.product(product, memoryBytes);
    }

    /// The names that [#mig] knows.
    public static List<String> migProducts() {
        return MigTables.products();
    }

    /// The vNPU templates of the first Ascend 910, which the catalogue has no row for: 30 AI cores. Memory from
    /// HAMi's device configuration, which gives no AI CPUs.
    public static PartitionScheme ascend910a() {
        long cores = Footprint.row(0, 30);
        return new Templates("vnpu", VNPU)
                .add("vir02", 67, 2_184, new Pool(cores, 2))
                .add("vir04", 133, 4_369, new Pool(cores, 4))
                .add("vir08", 267, 8_738, new Pool(cores, 8))
                .add("vir16", 533, 17_476, new Pool(cores, 16))
                .scheme();
    }

    /// The mode of a device that nobody has cut: one slot. Tasks that share it by limits of software divide its
    /// thousandths and bytes, not slots.
    public static PartitionScheme whole(AcceleratorSpec spec) {
        return whole(spec.memory().bytes());
    }

    /// The same for a device of which only the memory is known.
    public static PartitionScheme whole(long memoryBytes) {
        return new PartitionScheme(
                WHOLE_MODE,
                PartitionKind.WHOLE,
                List.of(new PartitionProfile(WHOLE_PROFILE, 1_000, memoryBytes)),
                List.of(Footprint.aligned(1, List.of(0), List.of())),
                PartitionTimes.seconds(0, 0));
    }

    private static PartitionScheme turns(AcceleratorSpec spec, String name, PartitionKind kind, String prefix) {
        int turns;
        try {
            turns = Integer.parseInt(name.substring(prefix.length()));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("mode " + name + " is not " + prefix + " and a number", e);
        }
        if (turns < 2 || turns > MAX_TURNS) {
            throw new IllegalArgumentException("mode " + name + " is outside 2 to " + MAX_TURNS + " turns");
        }
        return new PartitionScheme(
                name,
                kind,
                List.of(new PartitionProfile(
                        SHARED_PROFILE, 1_000 / turns, spec.memory().bytes() / turns)),
                List.of(Footprint.aligned(1, IntStream.range(0, turns).boxed().toList(), List.of())),
                PLUGIN_RESTART);
    }

    /// Eight compute dies; a mode cuts them evenly, and memory with them. The driver takes SPX and DPX with one
    /// memory domain, QPX and CPX with one or four (amdgpu, aqua_vanjaram.c).
    private static List<PartitionScheme> mi300x(long bytes) {
        return List.of(
                even("spx_nps1", 1, bytes, COMPUTE_ONLY),
                even("dpx_nps1", 2, bytes, COMPUTE_ONLY),
                even("qpx_nps1", 4, bytes, COMPUTE_ONLY),
                even("qpx_nps4", 4, bytes, COMPUTE_AND_MEMORY),
                even("cpx_nps1", 8, bytes, COMPUTE_ONLY),
                even("cpx_nps4", 8, bytes, COMPUTE_AND_MEMORY));
    }

    private static PartitionScheme even(String name, int parts, long bytes, PartitionTimes times) {
        int dies = 8 / parts;
        List<Integer> starts =
                IntStream.range(0, parts).map(i -> i * dies).boxed().toList();
        return new PartitionScheme(
                name,
                PartitionKind.COMPUTE_PARTITION,
                List.of(new PartitionProfile(name, 1_000 / parts, bytes / parts)),
                List.of(Footprint.aligned(dies, starts, List.of())),
                times);
    }

    /// The two dies of an MI250X, which its driver always shows as two devices.
    private static PartitionScheme halves(long bytes) {
        return new PartitionScheme(
                "gcd",
                PartitionKind.COMPUTE_PARTITION,
                List.of(new PartitionProfile("gcd", 500, bytes / 2)),
                List.of(Footprint.aligned(1, List.of(0, 1), List.of())),
                PartitionTimes.seconds(0, 0));
    }

    /// 24 AI cores, 6 AI CPUs (HAMi's device configuration).
    private static PartitionScheme ascend910b2() {
        long cores = Footprint.row(0, 24);
        long cpus = Footprint.row(24, 6);
        return new Templates("vnpu", VNPU)
                .add("vir03_1c_8g", 125, 8_192, new Pool(cores, 3), new Pool(cpus, 1))
                .add("vir06_1c_16g", 250, 16_384, new Pool(cores, 6), new Pool(cpus, 1))
                .add("vir12_3c_32g", 500, 32_768, new Pool(cores, 12), new Pool(cpus, 3))
                .scheme();
    }

    /// 20 AI cores, 7 AI CPUs (HAMi's device configuration).
    private static PartitionScheme ascend910b3() {
        long cores = Footprint.row(0, 20);
        long cpus = Footprint.row(20, 7);
        return new Templates("vnpu", VNPU)
                .add("vir05_1c_16g", 250, 16_384, new Pool(cores, 5), new Pool(cpus, 1))
                .add("vir10_3c_32g", 500, 32_768, new Pool(cores, 10), new Pool(cpus, 3))
                .scheme();
    }

    /// 20 AI cores, 7 AI CPUs; the templates that end in `m` take all image and video engines (DVPP) or none,
    /// the others their part (HAMi's device configuration; Ascend's device plugin for the names).
    private static PartitionScheme ascend910b4() {
        long cores = Footprint.row(0, 20);
        long cpus = Footprint.row(20, 7);
        long dvpp = Footprint.row(27, 4);
        return new Templates("vnpu", VNPU)
                .add("vir05_1c_8g", 250, 8_192, new Pool(cores, 5), new Pool(cpus, 1), new Pool(dvpp, 1))
                .add("vir10_3c_16g", 500, 16_384, new Pool(cores, 10), new Pool(cpus, 3), new Pool(dvpp, 2))
                .add("vir10_3c_16g_nm", 500, 16_384, new Pool(cores, 10), new Pool(cpus, 3))
                .add("vir10_4c_16g_m", 500, 16_384, new Pool(cores, 10), new Pool(cpus, 4), new Pool(dvpp, 4))
                .scheme();
    }

    /// Two dies of 20 AI cores, 7 AI CPUs and 64 GiB; a template stays within one (HAMi's device
    /// configuration).
    private static PartitionScheme ascend910c() {
        var templates = new Templates("vnpu", VNPU);
        templates.addEither("vir05_1c_16g", 125, 16_384, eitherDie(5, 1));
        templates.addEither("vir10_3c_32g", 250, 32_768, eitherDie(10, 3));
        return templates.scheme();
    }

    private static List<Way> eitherDie(int cores, int cpus) {
        return List.of(
                new Way(0, List.of(new Pool(Footprint.row(0, 20), cores), new Pool(Footprint.row(20, 7), cpus))),
                new Way(0, List.of(new Pool(Footprint.row(27, 20), cores), new Pool(Footprint.row(47, 7), cpus))));
    }

    /// 8 AI cores, 7 AI CPUs, 12 image (VPC) and 3 video encoders (Ascend's table of virtual instances).
    /// Decoders and JPEG engines follow the image engines in every template and never run out first.
    private static PartitionScheme ascend310p() {
        long cores = Footprint.row(0, 8);
        long cpus = Footprint.row(8, 7);
        long vpc = Footprint.row(15, 12);
        long venc = Footprint.row(27, 3);
        Pool two = new Pool(cores, 2);
        Pool four = new Pool(cores, 4);
        Pool half = new Pool(vpc, 6);
        return new Templates("vnpu", VNPU)
                .add("vir01", 125, 3_072, new Pool(cores, 1), new Pool(cpus, 1), new Pool(vpc, 1))
                .add("vir02", 250, 6_144, two, new Pool(cpus, 2), new Pool(vpc, 3), new Pool(venc, 1))
                .add("vir02_1c", 250, 6_144, two, new Pool(cpus, 1), new Pool(vpc, 3))
                .add("vir04", 500, 12_288, four, new Pool(cpus, 4), half, new Pool(venc, 2))
                .add("vir04_3c", 500, 12_288, four, new Pool(cpus, 3), half, new Pool(venc, 1))
                .add("vir04_3c_ndvpp", 500, 12_288, four, new Pool(cpus, 3))
                .add("vir04_4c_dvpp", 500, 12_288, four, new Pool(cpus, 4), new Pool(vpc, 12), new Pool(venc, 3))
                .scheme();
    }

    /// Six slices; profiles of one, three and six (HAMi's device tests; estimate for this model).
    private static PartitionScheme drs(long bytes) {
        List<PartitionProfile> profiles = new ArrayList<>();
        List<Footprint> footprints = new ArrayList<>();
        long gib = bytes >> 30;
        for (int slices : new int[] {1, 3, 6}) {
            String name = String.format(Locale.ROOT, "%dg.%dgb", slices, gib * slices / 6);
            profiles.add(new PartitionProfile(name, 1_000 * slices / 6, bytes * slices / 6));
            footprints.add(Footprint.pooled(List.of(new Pool(Footprint.row(0, 6), slices))));
        }
        return new PartitionScheme("drs", PartitionKind.DRS, profiles, footprints, VNPU);
    }

    private static final class Templates {
        private final List<PartitionProfile> profiles = new ArrayList<>();
        private final List<Footprint> footprints = new ArrayList<>();
        private final String name;
        private final PartitionTimes times;

        Templates(String name, PartitionTimes times) {
            this.name = name;
            this.times = times;
        }

        Templates add(String template, int computeMilli, int mib, Pool... pools) {
            return addEither(template, computeMilli, mib, List.of(new Way(0, List.of(pools))));
        }

        Templates addEither(String template, int computeMilli, int mib, List<Way> ways) {
            profiles.add(new PartitionProfile(template, computeMilli, (long) mib << 20));
            footprints.add(new Footprint(ways));
            return this;
        }

        PartitionScheme scheme() {
            return new PartitionScheme(name, PartitionKind.VNPU, profiles, footprints, times);
        }
    }
}
