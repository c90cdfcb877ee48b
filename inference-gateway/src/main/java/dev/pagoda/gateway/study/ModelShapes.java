package dev.pagoda.gateway.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Architecture.Experts;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Shapes of published models by the name they have at Hugging Face, with 16-bit weights and KV cache; or of any model
/// from its `config.json`.
public final class ModelShapes {
    private static final String RESOURCE = "architectures.tsv";
    private static final double SIXTEEN_BITS = 2;

    private final Map<String, Architecture> byName = new LinkedHashMap<>();

    private ModelShapes() {}

    /// The shapes that Pagoda ships.
    public static ModelShapes shipped() {
        var shapes = new ModelShapes();
        try (var stream = ModelShapes.class.getResourceAsStream(RESOURCE)) {
            if (stream == null) {
                throw new IllegalStateException("the resource " + RESOURCE + " is missing");
            }
            var lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank() && !line.startsWith("#") && !line.startsWith("model\t")) {
                    shapes.add(line.split("\t", -1));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return shapes;
    }

    private void add(String[] cells) {
        int[] figure = new int[cells.length];
        for (int i = 1; i < cells.length; i++) {
            figure[i] = Integer.parseInt(cells[i]);
        }
        byName.put(
                cells[0],
                new Architecture(
                        figure[1],
                        figure[2],
                        figure[3],
                        figure[4],
                        figure[5],
                        figure[6],
                        figure[7],
                        figure[8],
                        figure[9] == 1,
                        SIXTEEN_BITS,
                        SIXTEEN_BITS,
                        new Experts(figure[10], figure[11], figure[12])));
    }

    public List<String> names() {
        return List.copyOf(byName.keySet());
    }

    /// A model by its name, with or without the publisher, in any case.
    public Optional<Architecture> find(String name) {
        String wanted = plain(name);
        return byName.entrySet().stream()
                .filter(each -> plain(each.getKey()).equals(wanted)
                        || plain(each.getKey().substring(each.getKey().indexOf('/') + 1))
                                .equals(plain(name.substring(name.lastIndexOf('/') + 1))))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    /// @throws TraceFault if there is none, with those of a like name
    public Architecture get(String name) {
        return find(name).orElseThrow(() -> {
            String start = plain(name.substring(name.lastIndexOf('/') + 1));
            String prefix = start.substring(0, Math.min(4, start.length()));
            var near = new ArrayList<>(names());
            near.removeIf(each -> !plain(each).contains(prefix));
            return new TraceFault("model " + name + " is not known; there are " + (near.isEmpty() ? names() : near)
                    + ", or give --model-config with its config.json");
        });
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    /// The shape in a model's `config.json`.
    ///
    /// @throws TraceFault if the file has no such shape
    public static Architecture read(Path file) {
        JsonNode config;
        try {
            config = new ObjectMapper().readTree(Files.readString(file));
        } catch (IOException failed) {
            throw new TraceFault("cannot read " + file + " as JSON: " + failed.getMessage(), failed);
        }
        int hidden = need(file, config, "hidden_size");
        int heads = need(file, config, "num_attention_heads");
        int experts = config.path("num_experts")
                .asInt(config.path("num_local_experts").asInt(0));
        Experts mixture = experts == 0
                ? Experts.NONE
                : new Experts(
                        experts,
                        need(file, config, "num_experts_per_tok"),
                        config.has("moe_intermediate_size")
                                ? need(file, config, "moe_intermediate_size")
                                : need(file, config, "intermediate_size"));
        return new Architecture(
                need(file, config, "num_hidden_layers"),
                hidden,
                heads,
                config.path("num_key_value_heads").asInt(heads),
                config.path("head_dim").asInt(hidden / heads),
                need(file, config, "intermediate_size"),
                need(file, config, "vocab_size"),
                need(file, config, "max_position_embeddings"),
                config.path("tie_word_embeddings").asBoolean(false),
                SIXTEEN_BITS,
                SIXTEEN_BITS,
                mixture);
    }

    private static int need(Path file, JsonNode config, String key) {
        JsonNode value = config.path(key);
        if (!value.isInt() || value.asInt() < 1) {
            throw new TraceFault(file + ": expected a whole number above 0 in " + key + ", not " + value);
        }
        return value.asInt();
    }
}
