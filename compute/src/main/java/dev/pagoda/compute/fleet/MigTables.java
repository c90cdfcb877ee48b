package dev.pagoda.compute.fleet;

import dev.pagoda.compute.fleet.Footprint.Pool;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Which MIG profiles each NVIDIA product has and where they may sit.
///
/// Names, fractions and numbers of instances: NVIDIA's MIG user guide, "Supported MIG Profiles"
/// (https://docs.nvidia.com/datacenter/tesla/mig-user-guide/supported-mig-profiles.html), GB200 from the
/// default configuration of NVIDIA/mig-parted. Places: `nvidia-smi mig -lgipp`, which prints one table for
/// every product with eight memory slices: `1g {0,1,2,3,4,5,6}:1`, the wide `1g` with a quarter of the memory
/// `{0,2,4,6}:2`,
/// `2g {0,2,4}:2`, `3g {0,4}:4`, `4g {0}:4`, `7g {0}:8`. Memory in MiB as `nvidia-smi mig -lgip` and NVML
/// report it; 0 stands for a figure that was not found, and then the partition gets its fraction of the
/// device's memory. SMs likewise; without them compute goes by slices.
///
/// Beside the memory slices there are slots for the media engines that are fewer than the slices: the one
/// optical flow engine that `+me` claims, and on RTX PRO 6000 the four sets of decoder, encoder and JPEG
/// engine.
final class MigTables {
    private static final int EIGHTHS = 8;
    private static final List<Integer> ONE_OF_SEVEN = List.of(0, 1, 2, 3, 4, 5, 6);
    private static final List<Integer> WIDE_ONE = List.of(0, 2, 4, 6);
    private static final List<Integer> TWO_OF_SEVEN = List.of(0, 2, 4);
    private static final List<Integer> THREE_OF_SEVEN = List.of(0, 4);
    private static final List<Integer> FIRST = List.of(0);

    /// Setting the mode resets the GPU, and the device plugin restarts; about 30 s in a running cluster
    /// (estimate). An instance with its compute instance takes about a second (estimate).
    private static final PartitionTimes TIMES = PartitionTimes.seconds(30, 1);

    /// The products, by the name that this table gives them.
    private static final Map<String, Table> TABLES = new LinkedHashMap<>();

    static {
        TABLES.put("a30-24gb", fourQuarters());
        TABLES.put(
                "a100-40gb",
                sevens(98, new String[] {"5", "10", "10", "20", "20", "40"}, 14, 14, 28, 42, 56)
                        .memory(4_864, 9_856, 9_856, 19_968, 19_968, 40_192));
        TABLES.put(
                "a100-80gb",
                sevens(98, new String[] {"10", "20", "20", "40", "40", "80"}, 14, 14, 28, 42, 56)
                        .memory(9_856, 19_968, 19_968, 40_192, 40_192, 80_384));
        // in GiB 9.75, 19.62, 39.50, 79.25
        TABLES.put(
                "h100-80gb",
                sevens(132, new String[] {"10", "20", "20", "40", "40", "80"}, 16, 26, 32, 60, 64)
                        .memory(9_984, 20_096, 20_096, 40_448, 40_448, 81_152));
        // in GiB 10.75, 21.62, 46.38, 93.12
        TABLES.put(
                "h100-94gb",
                sevens(132, new String[] {"12", "24", "24", "47", "47", "94"}, 16, 26, 32, 60, 64)
                        .memory(11_008, 22_144, 22_144, 47_488, 47_488, 95_360));
        // in GiB 23.00, 46.50, 93.00; the narrow 1g was not found
        TABLES.put(
                "h100-96gb",
                sevens(132, new String[] {"12", "24", "24", "48", "48", "96"}, 16, 26, 32, 60, 64)
                        .memory(0, 23_552, 23_552, 47_616, 47_616, 95_232));
        TABLES.put("h20-96gb", sevens(0, new String[] {"12", "24", "24", "48", "48", "96"}));
        TABLES.put("h200-141gb", sevens(132, new String[] {"18", "35", "35", "71", "71", "141"}, 16, 26, 32, 60, 64));
        TABLES.put("b200-180gb", sevens(0, new String[] {"23", "45", "45", "90", "90", "180"}));
        TABLES.put("gb200-186gb", sevens(0, new String[] {"23", "47", "47", "93", "93", "186"}));
        TABLES.put("rtx-pro-6000-96gb", universal());
    }

    /// The product of each accelerator of the catalogue that has MIG.
    private static final Map<String, String> PRODUCTS = Map.of(
            "a100-sxm-40g", "a100-40gb",
            "a100-sxm-80g", "a100-80gb",
            "h100-sxm", "h100-80gb",
            "h20", "h20-96gb",
            "h200-sxm", "h200-141gb",
            "b200-sxm", "b200-180gb",
            "gb200", "gb200-186gb",
            "rtx-pro-6000", "rtx-pro-6000-96gb");

    private MigTables() {}

    static List<String> products() {
        return List.copyOf(TABLES.keySet());
    }

    static boolean has(String accelerator) {
        return PRODUCTS.containsKey(accelerator);
    }

    /// The mode `mig` of an accelerator of the catalogue.
    static PartitionScheme of(String accelerator, long memoryBytes) {
        String product = PRODUCTS.get(accelerator);
        if (product == null) {
            throw new IllegalArgumentException("accelerator " + accelerator + " has no MIG");
        }
        return product(product, memoryBytes);
    }

    /// The mode `mig` of a product.
    ///
    /// @throws IllegalArgumentException if this table has no such product, naming the nearest
    static PartitionScheme product(String product, long memoryBytes) {
        Table table = TABLES.get(product);
        if (table == null) {
            throw new IllegalArgumentException("no MIG table for " + product + "; the nearest is "
                    + NearestName.of(product, TABLES.keySet()).orElse("none"));
        }
        List<PartitionProfile> profiles = new ArrayList<>();
        List<Footprint> footprints = new ArrayList<>();
        for (Row row : table.rows) {
            long bytes = row.mib > 0
                    ? Math.min((long) row.mib << 20, memoryBytes)
                    : memoryBytes * row.size / table.memorySlices;
            profiles.add(new PartitionProfile(row.name, row.computeMilli, bytes));
            footprints.add(Footprint.aligned(row.size, row.starts, row.pools));
        }
        return new PartitionScheme("mig", PartitionKind.MIG, profiles, footprints, TIMES);
    }

    /// The table of a product with seven compute and eight memory slices.
    ///
    /// @param sms       of the whole device, 0 when unknown
    /// @param gigabytes in the names of 1g, wide 1g, 2g, 3g, 4g, 7g
    /// @param parts     SMs of 1g, wide 1g, 2g, 3g, 4g
    private static Table sevens(int sms, String[] gigabytes, int... parts) {
        List<Pool> none = List.of();
        List<Pool> media = List.of(new Pool(Footprint.row(EIGHTHS, 1), 1));
        int[] milli = {143, 143, 286, 429, 571};
        for (int i = 0; i < milli.length && sms > 0; i++) {
            milli[i] = Math.round(1_000f * parts[i] / sms);
        }
        return new Table(
                EIGHTHS,
                List.of(
                        new Row("1g." + gigabytes[0] + "gb", milli[0], 1, ONE_OF_SEVEN, none, 0),
                        new Row("1g." + gigabytes[0] + "gb+me", milli[0], 1, ONE_OF_SEVEN, media, 0),
                        new Row("1g." + gigabytes[1] + "gb", milli[1], 2, WIDE_ONE, none, 0),
                        new Row("2g." + gigabytes[2] + "gb", milli[2], 2, TWO_OF_SEVEN, none, 0),
                        new Row("3g." + gigabytes[3] + "gb", milli[3], 4, THREE_OF_SEVEN, none, 0),
                        new Row("4g." + gigabytes[4] + "gb", milli[4], 4, FIRST, none, 0),
                        new Row("7g." + gigabytes[5] + "gb", 1_000, EIGHTHS, FIRST, media, 0)));
    }

    private static Table fourQuarters() {
        List<Pool> none = List.of();
        List<Pool> media = List.of(new Pool(Footprint.row(4, 1), 1));
        List<Integer> ones = List.of(0, 1, 2, 3);
        List<Integer> twos = List.of(0, 2);
        return new Table(
                4,
                List.of(
                        new Row("1g.6gb", 250, 1, ones, none, 5_836),
                        new Row("1g.6gb+me", 250, 1, ones, media, 5_836),
                        new Row("2g.12gb", 500, 2, twos, none, 11_672),
                        new Row("2g.12gb+me", 500, 2, twos, media, 11_672),
                        new Row("4g.24gb", 1_000, 4, FIRST, media, 23_344)));
    }

    /// "Universal MIG": the same slices with, without and with all media engines, and with graphics. Memory in
    /// GiB 23.62, 47.38, 95.00; 46, 94 and 188 SMs.
    private static Table universal() {
        Footprint.Pool ofa = new Pool(Footprint.row(8, 1), 1);
        long engines = Footprint.row(4, 4);
        List<Pool> none = List.of();
        List<Pool> one = List.of(new Pool(engines, 1));
        List<Pool> oneAndFlow = List.of(new Pool(engines, 1), ofa);
        List<Pool> two = List.of(new Pool(engines, 2));
        List<Pool> all = List.of(new Pool(engines, 4), ofa);
        List<Integer> ones = List.of(0, 1, 2, 3);
        List<Integer> twos = List.of(0, 2);
        return new Table(
                4,
                List.of(
                        new Row("1g.24gb", 245, 1, ones, one, 24_192),
                        new Row("1g.24gb+me", 245, 1, ones, oneAndFlow, 24_192),
                        new Row("1g.24gb+gfx", 245, 1, ones, one, 24_192),
                        new Row("1g.24gb+me.all", 245, 1, ones, all, 24_192),
                        new Row("1g.24gb-me", 245, 1, ones, none, 24_192),
                        new Row("2g.48gb", 500, 2, twos, two, 48_512),
                        new Row("2g.48gb+gfx", 500, 2, twos, two, 48_512),
                        new Row("2g.48gb+me.all", 500, 2, twos, all, 48_512),
                        new Row("2g.48gb-me", 500, 2, twos, none, 48_512),
                        new Row("4g.96gb", 1_000, 4, FIRST, all, 97_280),
                        new Row("4g.96gb+gfx", 1_000, 4, FIRST, all, 97_280)));
    }

    /// @param size   memory slices
    /// @param starts first slices where it may begin
    /// @param mib    memory, 0 for its fraction of the device's
    private record Row(String name, int computeMilli, int size, List<Integer> starts, List<Pool> pools, int mib) {}

    private record Table(int memorySlices, List<Row> rows) {
        /// The same with the memory of 1g, wide 1g, 2g, 3g, 4g and 7g.
        Table memory(int... mib) {
            List<Row> known = new ArrayList<>();
            for (int i = 0; i < rows.size(); i++) {
                Row row = rows.get(i);
                known.add(
                        new Row(row.name, row.computeMilli, row.size, row.starts, row.pools, mib[Math.max(0, i - 1)]));
            }
            return new Table(memorySlices, known);
        }
    }
}
