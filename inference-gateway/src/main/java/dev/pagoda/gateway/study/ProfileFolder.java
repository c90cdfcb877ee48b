package dev.pagoda.gateway.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.pagoda.gateway.model.AttentionTable;
import dev.pagoda.gateway.model.Curve;
import dev.pagoda.gateway.model.Link;
import dev.pagoda.gateway.model.MoeTable;
import dev.pagoda.gateway.model.OperatorTables;
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
/// and `skew_fit.csv`; and in a folder above `hardware.yaml` with what was measured of the link between two devices.
public final class ProfileFolder {
    private static final String META = "meta.yaml";
    private static final String HARDWARE = "hardware.yaml";
    private static final int MAX_DEPTH = 6;

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

    /// What joins such devices, where a file `hardware.yaml` in this folder or one of those above tells.
    ///
    /// @throws TraceFault if the file is broken
    public Optional<Link> link() {
        Path at = folder.toAbsolutePath();
        for (int i = 0; i < MAX_DEPTH && at != null; i++) {
            Path file = at.resolve(HARDWARE);
            if (Files.isRegularFile(file)) {
                return HardwareFile.link(file, yaml(file));
            }
            at = at.getParent();
        }
        return Optional.empty();
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
                dense,
                perSequence,
                attention,
                experts,
                ranks,
                new SkewFile(folder.resolve(META), meta.path("skew_fit"))
                        .read(at.resolve("skew_fit.csv"), tensor, attention));
    }

    private static Map<String, Curve> curves(Path file, String axis) {
        CsvTable table = CsvTable.read(file, List.of("layer", axis, "time_us"));
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
        CsvTable table = CsvTable.read(file, List.of("prefill_chunk", "n_decode", "kv_decode", "time_us"));
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
        CsvTable table = CsvTable.read(file, List.of("tokens", "activated_experts", "time_us"));
        for (int i = 1; i < table.lines().count(); i++) {
            if (table.isRow(i)) {
                points.computeIfAbsent(table.has("ep") ? table.whole(i, "ep") : 1, absent -> new TreeMap<>())
                        .computeIfAbsent(table.whole(i, "tokens"), absent -> new TreeMap<>())
                        .put(table.whole(i, "activated_experts"), table.micros(i));
            }
        }
        return points;
    }
}
