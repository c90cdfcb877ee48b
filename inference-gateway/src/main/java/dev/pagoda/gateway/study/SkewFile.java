package dev.pagoda.gateway.study;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.model.AttentionTable;
import dev.pagoda.gateway.model.SkewFit;
import dev.pagoda.gateway.model.SkewFit.Axis;
import dev.pagoda.gateway.model.SkewFit.Cells;
import dev.pagoda.gateway.model.SkewFit.Leverage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The shares of a `skew_fit.csv`, in each of the three forms that LLMServingSim's profiler has written: by
/// five axes (`pc,n_label,skew_rate_label,kv_big_label,kp_label`), by three whose bounds are in `meta.yaml`
/// (`layer,n_label,pc_label,lev_label`), and by three with the numbers of decodes that were measured
/// (`layer,decode_q_len,pc_label,lev_label,n_anchor`).
///
/// @param meta the file that has the part `skew_fit`
record SkewFile(Path meta, JsonNode fit) {
    private static final String LAYER = "attention";
    private static final String KERNEL = "attention|q=1";

    SkewFit read(Path file, int tensor, AttentionTable attention) {
        if (!fit.path("enabled").asBoolean(false)) {
            return SkewFit.NONE;
        }
        JsonNode own = fit.path("per_tp").path(String.valueOf(tensor));
        double fallback = own.path("alpha_default")
                .asDouble(own.path("alpha_default_by_kernel")
                        .path(KERNEL)
                        .asDouble(own.path("alpha_default_by_layer").path(LAYER).asDouble(0)));
        if (!Files.exists(file)) {
            return new SkewFit.Pooled(fallback);
        }
        JsonNode axes = own.has("axes")
                ? own.path("axes")
                : own.has("bucket_axes") ? own.path("bucket_axes") : fit.path("bucket_axes");
        CsvTable table = CsvTable.read(file, List.of("alpha"));
        if (table.has("n_anchor")) {
            return anchored(table, fallback, axes, own.path("n_range_by_kernel").path(KERNEL));
        }
        if (table.has("lev_label")) {
            return labelled(table, fallback, axes);
        }
        if (table.has("skew_rate_label")) {
            return cells(table, fallback, axes, attention);
        }
        throw table.lines()
                .broken(
                        0,
                        "expected the columns pc, n_label, skew_rate_label, kv_big_label, kp_label, alpha, or"
                                + " n_label, pc_label, lev_label, alpha, or pc_label, lev_label, n_anchor, alpha");
    }

    private SkewFit cells(CsvTable table, double fallback, JsonNode axes, AttentionTable attention) {
        Map<String, Double> cells = new HashMap<>();
        TreeMap<Integer, Boolean> chunks = new TreeMap<>();
        for (int i = 1; i < table.lines().count(); i++) {
            if (!table.isRow(i) || table.text(i, "pc").isEmpty()) {
                continue;
            }
            int chunk = table.whole(i, "pc");
            if (chunk > 0) {
                chunks.put(chunk, true);
            }
            cells.put(
                    Cells.key(
                            chunk,
                            table.text(i, "n_label"),
                            table.text(i, "skew_rate_label"),
                            table.text(i, "kv_big_label"),
                            table.text(i, "kp_label")),
                    table.number(i, "alpha"));
        }
        int[] sizes = chunks.isEmpty()
                ? attention.chunks()
                : chunks.keySet().stream().mapToInt(Integer::intValue).toArray();
        return new Cells(
                fallback,
                new SkewFit.Axes(
                        sizes,
                        axis(axes, "n")
                                .orElse(new Axis(
                                        new double[] {0, 2, 4, 8, 16, 32, 64, 128, 1_000_000},
                                        List.of("n<=2", "n<=4", "n<=8", "n<=16", "n<=32", "n<=64", "n<=128", "n>128"))),
                        axis(axes, "skew_rate")
                                .orElse(new Axis(
                                        new double[] {-.01, .05, .15, .4, .7, 1.01},
                                        List.of("sr<=5%", "sr<=15%", "sr<=40%", "sr<=70%", "sr>70%"))),
                        axis(axes, "kv_big")
                                .orElse(new Axis(
                                        new double[] {0, 1_024, 4_096, 16_384, 1e9},
                                        List.of("kvB<=1k", "kvB<=4k", "kvB<=16k", "kvB>16k"))),
                        axis(axes, "kp")
                                .orElse(new Axis(
                                        new double[] {-1, 0, 2_048, 1e9}, List.of("kp=0", "kp<=2k", "kp>2k")))),
                cells);
    }

    private SkewFit labelled(CsvTable table, double fallback, JsonNode axes) {
        Axis decodes = need(axes, "n");
        Map<String, SkewFit.Slice> slices = new HashMap<>();
        for (int i = 1; i < table.lines().count(); i++) {
            if (!isAttention(table, i)) {
                continue;
            }
            int place = decodes.labels().indexOf(table.text(i, "n_label"));
            if (place < 0) {
                throw table.lines()
                        .broken(i, "n_label " + table.text(i, "n_label") + " is none of " + decodes.labels());
            }
            String key = Leverage.key(table.text(i, "pc_label"), table.text(i, "lev_label"));
            slices.computeIfAbsent(key, absent -> {
                                double[] none = new double[decodes.labels().size()];
                                Arrays.fill(none, Double.NaN);
                                return new SkewFit.Slice(decodes, none);
                            })
                            .alphas()[place] =
                    table.number(i, "alpha");
        }
        return new Leverage(fallback, 2, Integer.MAX_VALUE, need(axes, "pc"), need(axes, "lev"), slices);
    }

    private SkewFit anchored(CsvTable table, double fallback, JsonNode axes, JsonNode range) {
        Map<String, TreeMap<Integer, Double>> anchors = new HashMap<>();
        for (int i = 1; i < table.lines().count(); i++) {
            if (isAttention(table, i)) {
                String key = Leverage.key(table.text(i, "pc_label"), table.text(i, "lev_label"));
                anchors.computeIfAbsent(key, absent -> new TreeMap<>())
                        .put(Math.max(1, table.whole(i, "n_anchor")), table.number(i, "alpha"));
            }
        }
        Map<String, SkewFit.Slice> slices = new HashMap<>();
        anchors.forEach((key, shares) -> slices.put(
                key,
                new SkewFit.Slice(
                        Axis.around(shares.keySet().stream()
                                .mapToInt(Integer::intValue)
                                .toArray()),
                        shares.values().stream()
                                .mapToDouble(Double::doubleValue)
                                .toArray())));
        return new Leverage(
                fallback,
                range.path(0).asInt(2),
                range.path(1).asInt(Integer.MAX_VALUE),
                need(axes, "pc"),
                need(axes, "lev"),
                slices);
    }

    /// Whether a row is of single-token decodes in ordinary attention.
    private static boolean isAttention(CsvTable table, int line) {
        return table.isRow(line)
                && (!table.has("layer") || table.text(line, "layer").equals(LAYER))
                && (!table.has("decode_q_len") || table.whole(line, "decode_q_len") == 1);
    }

    private Axis need(JsonNode axes, String name) {
        return axis(axes, name)
                .orElseThrow(() -> new TraceFault(meta + ": expected " + name + "_bins and " + name
                        + "_labels under skew_fit, as its table names their labels"));
    }

    private Optional<Axis> axis(JsonNode axes, String name) {
        JsonNode bounds = axes.path(name + "_bins");
        JsonNode labels = axes.path(name + "_labels");
        if (!bounds.isArray() || !labels.isArray()) {
            return Optional.empty();
        }
        if (bounds.size() != labels.size() + 1) {
            throw new TraceFault(meta + ": " + name + "_bins has " + bounds.size()
                    + " bounds, expected one more than the " + labels.size() + " of " + name + "_labels");
        }
        double[] at = new double[bounds.size()];
        for (int i = 0; i < at.length; i++) {
            at[i] = bounds.get(i).asDouble();
        }
        var names = new ArrayList<String>();
        labels.forEach(each -> names.add(each.asText()));
        return Optional.of(new Axis(at, names));
    }
}
