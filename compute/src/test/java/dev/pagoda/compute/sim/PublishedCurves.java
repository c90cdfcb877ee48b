package dev.pagoda.compute.sim;

import dev.pagoda.compute.trace.OpenbNode;
import dev.pagoda.compute.trace.OpenbPod;
import dev.pagoda.compute.trace.TraceText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The traces of the published study and its results.
final class PublishedCurves {
    static final List<Long> SEEDS = List.of(42L, 43L, 44L, 45L, 46L, 47L, 48L, 49L, 50L, 51L);
    static final List<String> POLICIES = List.of("Random", "DotProd", "GpuClustering", "GpuPacking", "BestFit", "FGD");
    static final List<String> WORKLOADS = List.of("default", "cpu100", "gpushare60", "gpuspec20", "multigpu30");

    private static final Path FOLDER = Path.of("..", "..", "shared", "data", "openb");

    private final Map<String, double[]> allocated = read("fgd_alloc.csv", 5);
    private final Map<String, double[]> fragmented = read("fgd_frag_amount_pct_of_total.csv", 4);

    static boolean arePresent() {
        return Files.isDirectory(FOLDER);
    }

    static PlacementStudy study(String workload) {
        return new PlacementStudy(
                OpenbNode.read(TraceText.read(FOLDER.resolve("openb_node_list_gpu_node.csv"))),
                OpenbPod.read(TraceText.read(FOLDER.resolve("openb_pod_list_" + workload + ".csv"))),
                1.3);
    }

    double[] allocated(String workload, String policy, long seed) {
        return found(allocated, workload, policy, seed);
    }

    double[] fragmented(String workload, String policy, long seed) {
        return found(fragmented, workload, policy, seed);
    }

    private static double[] found(Map<String, double[]> curves, String workload, String policy, long seed) {
        double[] curve = curves.get(workload + "/" + policy + "/" + seed);
        if (curve == null) {
            throw new IllegalArgumentException("nothing is published for " + workload + " " + policy + " " + seed);
        }
        return curve;
    }

    private static Map<String, double[]> read(String file, int firstPercent) {
        Map<String, double[]> curves = new HashMap<>();
        try {
            List<String> lines = Files.readAllLines(FOLDER.resolve("expected").resolve(file));
            for (String line : lines.subList(1, lines.size())) {
                String[] cells = line.split(",", -1);
                String workload = cells[0].replace("openb_pod_list_", "");
                String policy = cells[1].substring(cells[1].indexOf('-') + 1);
                double[] curve = Arrays.stream(cells, firstPercent, firstPercent + 131)
                        .mapToDouble(cell -> cell.isEmpty() ? Double.NaN : Double.parseDouble(cell))
                        .toArray();
                curves.put(workload + "/" + policy + "/" + cells[3], curve);
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        return curves;
    }
}
