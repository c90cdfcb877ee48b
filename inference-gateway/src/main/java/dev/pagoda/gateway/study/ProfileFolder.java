package dev.pagoda.gateway.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.pagoda.gateway.model.AttentionTable;
import dev.pagoda.gateway.model.Curve;
import dev.pagoda.gateway.model.MoeTable;
import dev.pagoda.gateway.model.OperatorTables;
import dev.pagoda.gateway.model.SkewFit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Operator tables in the layout of LLMServingSim's profiler: a folder with `meta.yaml` and one folder `tpN` for each
/// degree of tensor parallelism with `dense.csv`, `per_sequence.csv`, `attention.csv`, and where they apply `moe.csv`
/// and `skew_fit.csv`.
public final class ProfileFolder {
    private static final String META = "meta.yaml";
    private static final int MAX_DEPTH = 6;
    private static final int MAX_COUNT = 1 << 24;

    private final Path folder;
    private final JsonNode meta;

    private ProfileFolder(Path folder, JsonNode meta) {
        this.folder = folder;
        this.meta = meta;
    }

    /// Finds the profile of a model below a folder, which may be the profile's own.
    ///
    /// @param model  the wanted model; any when null and there is only one
    /// @param device part of the wanted device's name; any when null and there is only one
    /// @throws TraceFault if there is none, or several that fit
    public static ProfileFolder find(Path root, @Nullable String model, @Nullable String device) {
        if (!Files.isDirectory(root)) {
            throw new TraceFault("there is no folder " + root + " of operator tables");
        }
        List<ProfileFolder> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root, MAX_DEPTH)) {
            files.filter(each -> META.equals(String.valueOf(each.getFileName())))
                    .sorted()
                    .forEach(each -> all.add(new ProfileFolder(parent(each), yaml(each))));
        } catch (IOException failed) {
            throw new TraceFault("cannot search " + root + ": " + failed, failed);
        }
        if (all.isEmpty() && Files.exists(parent(root.toAbsolutePath()).resolve(META))) {
            Path above = parent(root.toAbsolutePath());
            all.add(new ProfileFolder(above, yaml(above.resolve(META))));
        }
        if (all.isEmpty()) {
            throw new TraceFault(root + " has no " + META + " in it, expected meta.yaml beside folders tp1, tp2, ...");
        }
        List<ProfileFolder> fitting = all.stream()
                .filter(each -> model == null || each.isOf(model))
                .filter(each -> device == null || each.isOn(device))
                .toList();
        if (fitting.size() == 1) {
            return fitting.getFirst();
        }
        List<String> names = (fitting.isEmpty() ? all : fitting)
                .stream().map(ProfileFolder::name).toList();
        throw new TraceFault(root + " has " + (fitting.isEmpty() ? "no profile" : fitting.size() + " profiles")
                + " of " + (model == null ? "any model" : model)
                + (device == null ? "" : " on " + device) + "; there are " + names);
    }

    private static Path parent(Path file) {
        Path parent = file.getParent();
        return parent == null ? Path.of("") : parent;
    }

    private static JsonNode yaml(Path file) {
        try {
            JsonNode node = new YAMLMapper().readTree(Files.readString(file));
            if (node == null || !node.isObject()) {
                throw new TraceFault(file + ": expected keys and values");
            }
            return node;
        } catch (IOException failed) {
            throw new TraceFault(file + ": cannot be read as YAML: " + failed.getMessage(), failed);
        }
    }

    /// Device, model and number formats.
    public String name() {
        return text("hardware") + " " + text("model") + " " + text("variant");
    }

    public Path folder() {
        return folder;
    }

    public String hardware() {
        return text("hardware");
    }

    public String model() {
        return text("model");
    }

    private String text(String key) {
        return meta.path(key).asText("");
    }

    private boolean isOf(String model) {
        return plain(last(text("model"))).equals(plain(last(model)))
                || plain(folder.toString()).contains(plain(last(model)));
    }

    private boolean isOn(String device) {
        String wanted = plain(device);
        String have = plain(text("hardware"));
        return have.contains(wanted)
                || (wanted.contains(have) && !have.isEmpty())
                || plain(text("gpu")).contains(wanted);
    }

    private static String last(String name) {
        return name.substring(name.lastIndexOf('/') + 1);
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    /// Degrees of tensor parallelism that were measured.
    public List<Integer> degrees() {
        var degrees = new ArrayList<Integer>();
        for (int tp = 1; tp <= 64; tp++) {
            if (Files.isDirectory(folder.resolve("tp" + tp))) {
                degrees.add(tp);
            }
        }
        return degrees;
    }

    /// @param tensor degree of tensor parallelism
    /// @param expert ranks that share the experts
    /// @throws TraceFault if a table is missing or broken
    public OperatorTables tables(int tensor, int expert) {
        Path at = folder.resolve("tp" + tensor);
        if (!Files.isDirectory(at)) {
            throw new TraceFault(
                    folder + " has no tables for tensor parallelism " + tensor + ", only for " + degrees());
        }
        Map<String, Curve> dense = curves(at.resolve("dense.csv"), "tokens");
        Map<String, Curve> perSequence = curves(at.resolve("per_sequence.csv"), "sequences");
        AttentionTable.Points points = attention(at.resolve("attention.csv"));
        AttentionTable attention = points.table();
        NavigableMap<Integer, NavigableMap<Integer, NavigableMap<Integer, Double>>> moe = moe(at.resolve("moe.csv"));
        MoeTable experts = null;
        int ranks = 1;
        if (!moe.isEmpty()) {
            Integer below = moe.floorKey(expert);
            ranks = below == null ? moe.firstKey() : below;
            experts = new MoeTable(moe.getOrDefault(ranks, new TreeMap<>()));
        }
        return new OperatorTables(
                dense, perSequence, attention, experts, ranks, skew(at.resolve("skew_fit.csv"), tensor, attention));
    }

    private static Map<String, Curve> curves(Path file, String axis) {
        Table table = Table.read(file, List.of("layer", axis, "time_us"));
        Map<String, NavigableMap<Integer, Double>> points = new LinkedHashMap<>();
        for (int i = 1; i < table.lines().count(); i++) {
            if (table.isRow(i)) {
                points.computeIfAbsent(table.text(i, "layer"), absent -> new TreeMap<>())
                        .put(table.whole(i, axis), table.micros(i));
            }
        }
        if (points.isEmpty()) {
            throw new TraceFault(file + " has no rows");
        }
        Map<String, Curve> curves = new HashMap<>();
        points.forEach((layer, each) -> curves.put(layer, new Curve(each)));
        return curves;
    }

    private static AttentionTable.Points attention(Path file) {
        Table table = Table.read(file, List.of("prefill_chunk", "n_decode", "kv_decode", "time_us"));
        boolean hasKey = table.has("prefill_key");
        if (!hasKey && !table.has("kv_prefill")) {
            throw table.lines().broken(0, "expected the column kv_prefill or prefill_key");
        }
        var points = new AttentionTable.Points();
        for (int i = 1; i < table.lines().count(); i++) {
            if (!table.isRow(i) || (table.has("decode_q_len") && table.whole(i, "decode_q_len") != 1)) {
                continue;
            }
            int chunk = table.whole(i, "prefill_chunk");
            // the newer column counts what a token attends to on average, half of its own chunk included
            int past = hasKey
                    ? (int) Math.max(0, Math.round(table.number(i, "prefill_key") - chunk / 2.0))
                    : table.whole(i, "kv_prefill");
            points.add(chunk, past, table.whole(i, "n_decode"), table.whole(i, "kv_decode"), table.micros(i));
        }
        if (points.isEmpty()) {
            throw new TraceFault(file + " has no rows");
        }
        return points;
    }

    /// By ranks that share the experts, tokens and experts hit; empty when there is no such file.
    private static NavigableMap<Integer, NavigableMap<Integer, NavigableMap<Integer, Double>>> moe(Path file) {
        NavigableMap<Integer, NavigableMap<Integer, NavigableMap<Integer, Double>>> points = new TreeMap<>();
        if (!Files.exists(file)) {
            return points;
        }
        Table table = Table.read(file, List.of("tokens", "activated_experts", "time_us"));
        for (int i = 1; i < table.lines().count(); i++) {
            if (table.isRow(i)) {
                points.computeIfAbsent(table.has("ep") ? table.whole(i, "ep") : 1, absent -> new TreeMap<>())
                        .computeIfAbsent(table.whole(i, "tokens"), absent -> new TreeMap<>())
                        .put(table.whole(i, "activated_experts"), table.micros(i));
            }
        }
        return points;
    }

    private SkewFit skew(Path file, int tensor, AttentionTable attention) {
        JsonNode fit = meta.path("skew_fit");
        if (!fit.path("enabled").asBoolean(false)) {
            return SkewFit.NONE;
        }
        JsonNode own = fit.path("per_tp").path(String.valueOf(tensor));
        double fallback = own.path("alpha_default").asDouble(0);
        JsonNode axes = own.has("bucket_axes") ? own.path("bucket_axes") : fit.path("bucket_axes");
        if (!Files.exists(file)) {
            return SkewFit.constant(fallback);
        }
        Table table = Table.read(file, List.of("alpha"));
        if (!table.has("skew_rate_label")) {
            throw table.lines()
                    .broken(0, "expected the columns pc, n_label, skew_rate_label, kv_big_label, kp_label, alpha");
        }
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
                    SkewFit.key(
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
        return new SkewFit(
                fallback,
                new SkewFit.Axes(
                        sizes,
                        axis(axes, "n")
                                .orElse(new SkewFit.Axis(
                                        new double[] {0, 2, 4, 8, 16, 32, 64, 128, 1_000_000},
                                        List.of("n<=2", "n<=4", "n<=8", "n<=16", "n<=32", "n<=64", "n<=128", "n>128"))),
                        axis(axes, "skew_rate")
                                .orElse(new SkewFit.Axis(
                                        new double[] {-.01, .05, .15, .4, .7, 1.01},
                                        List.of("sr<=5%", "sr<=15%", "sr<=40%", "sr<=70%", "sr>70%"))),
                        axis(axes, "kv_big")
                                .orElse(new SkewFit.Axis(
                                        new double[] {0, 1_024, 4_096, 16_384, 1e9},
                                        List.of("kvB<=1k", "kvB<=4k", "kvB<=16k", "kvB>16k"))),
                        axis(axes, "kp")
                                .orElse(new SkewFit.Axis(
                                        new double[] {-1, 0, 2_048, 1e9}, List.of("kp=0", "kp<=2k", "kp>2k")))),
                cells);
    }

    private Optional<SkewFit.Axis> axis(JsonNode axes, String name) {
        JsonNode bounds = axes.path(name + "_bins");
        JsonNode labels = axes.path(name + "_labels");
        if (!bounds.isArray() || !labels.isArray()) {
            return Optional.empty();
        }
        if (bounds.size() != labels.size() + 1) {
            throw new TraceFault(folder.resolve(META) + ": " + name + "_bins has " + bounds.size()
                    + " bounds, expected one more than the " + labels.size() + " of " + name + "_labels");
        }
        double[] at = new double[bounds.size()];
        for (int i = 0; i < at.length; i++) {
            at[i] = bounds.get(i).asDouble();
        }
        var names = new ArrayList<String>();
        labels.forEach(each -> names.add(each.asText()));
        return Optional.of(new SkewFit.Axis(at, names));
    }

    /// A comma-separated file with a header.
    private record Table(TraceLines lines, Map<String, Integer> columns) {
        static Table read(Path file, List<String> wanted) {
            TraceLines lines = TraceLines.read(file);
            if (lines.count() == 0) {
                throw new TraceFault(file + " is empty, expected a header with " + wanted);
            }
            Map<String, Integer> columns = new LinkedHashMap<>();
            String[] names = lines.line(0).strip().split(",", -1);
            for (int i = 0; i < names.length; i++) {
                columns.put(names[i].strip(), i);
            }
            for (String each : wanted) {
                if (!columns.containsKey(each)) {
                    throw lines.broken(0, "expected the column " + each + ", found " + columns.keySet());
                }
            }
            return new Table(lines, columns);
        }

        boolean has(String column) {
            return columns.containsKey(column);
        }

        boolean isRow(int line) {
            return !lines.line(line).isBlank();
        }

        String text(int line, String column) {
            String[] cells = lines.line(line).split(",", -1);
            if (cells.length != columns.size()) {
                throw lines.broken(line, "expected " + columns.size() + " cells, found " + cells.length);
            }
            Integer at = columns.get(column);
            if (at == null) {
                throw lines.broken(0, "expected the column " + column + ", found " + columns.keySet());
            }
            return cells[at].strip();
        }

        int whole(int line, String column) {
            return (int) lines.whole(text(line, column), line, column, 0, MAX_COUNT);
        }

        double number(int line, String column) {
            return lines.number(text(line, column), line, column);
        }

        double micros(int line) {
            double micros = number(line, "time_us");
            if (micros < 0) {
                throw lines.broken(line, "time_us is " + micros + ", expected at least 0");
            }
            return micros;
        }
    }
}
