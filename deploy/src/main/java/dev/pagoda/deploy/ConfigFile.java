package dev.pagoda.deploy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A YAML file of settings laid over the shipped `pagoda.yaml` and bound to [Config].
///
/// A mapping is merged key by key, a list replaces the shipped list. Whatever does not fit is refused with the file,
/// the line, the key and what would have been right.
final class ConfigFile {
    private static final String SHIPPED = "/pagoda.yaml";

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .addModule(new SimpleModule().addDeserializer(Duration.class, new DurationText()))
            .withCoercionConfig(
                    LogicalType.Textual,
                    text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .build();

    private final String name;
    private final String text;

    private ConfigFile(String name, String text) {
        this.name = name;
        this.text = text;
    }

    /// The settings of a file, or the shipped ones.
    ///
    /// @throws StartRefused when the file is missing, unreadable or says something that does not fit
    static Config read(Path file) {
        try {
            return new ConfigFile(file.toString(), Files.readString(file)).bind();
        } catch (java.nio.file.NoSuchFileException e) {
            throw new StartRefused("there is no configuration file " + file, e);
        } catch (IOException e) {
            throw new StartRefused("the configuration file " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /// @param name what the text is called in a refusal
    static Config parse(String name, String text) {
        return new ConfigFile(name, text).bind();
    }

    static ObjectNode shipped() {
        return shippedTree().deepCopy();
    }

    static String shippedText() {
        try (InputStream in = ConfigFile.class.getResourceAsStream(SHIPPED)) {
            if (in == null) {
                throw new IllegalStateException("no resource " + SHIPPED);
            }
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ObjectNode shippedTree() {
        try {
            return (ObjectNode) YAML.readTree(shippedText());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(SHIPPED + " is not YAML", e);
        }
    }

    private Config bind() {
        ObjectNode merged = shippedTree();
        try {
            JsonNode own = YAML.readTree(text);
            if (own instanceof ObjectNode object) {
                merge(merged, object);
            } else if (!own.isMissingNode() && !own.isNull()) {
                throw new StartRefused(name + " holds " + own + ", expected keys and values");
            }
            Optional<List<String>> unknown = RecordKeys.of(Config.class).unknownIn(merged);
            if (unknown.isPresent()) {
                throw new StartRefused(unknownKey(unknown.get()));
            }
            Config config = YAML.treeToValue(merged, Config.class);
            requireKnownAccelerators(config);
            return config;
        } catch (JsonMappingException e) {
            throw new StartRefused(doesNotFit(e, merged), e);
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            // SnakeYAML's message: context, problem, and between them indented places
            String reason = e.getOriginalMessage()
                    .lines()
                    .filter(part -> !part.startsWith(" "))
                    .collect(Collectors.joining(", "));
            throw new StartRefused(name + (line > 0 ? " line " + line : "") + " cannot be read as YAML: " + reason, e);
        }
    }

    /// The one check that needs more than the record: the catalogue of accelerators.
    private void requireKnownAccelerators(Config config) {
        try {
            config.compute().fleet(AcceleratorCatalogue.shipped());
        } catch (IllegalArgumentException e) {
            throw new StartRefused(where(List.of("compute", "nodes")) + ": compute.nodes: " + e.getMessage(), e);
        }
    }

    private static void merge(ObjectNode base, ObjectNode own) {
        own.properties().forEach(entry -> {
            JsonNode before = base.get(entry.getKey());
            if (before instanceof ObjectNode inner && entry.getValue() instanceof ObjectNode change) {
                merge(inner, change);
            } else {
                base.set(entry.getKey(), entry.getValue());
            }
        });
    }

    private String unknownKey(List<String> path) {
        List<String> parent = path.subList(0, path.size() - 1);
        RecordKeys keys = RecordKeys.of(Config.class);
        String nearest = NearestKey.to(dotted(path), keys.below(parent), keys.all());
        return where(path) + ": unknown key " + dotted(path) + ", the nearest known key is " + nearest;
    }

    private String doesNotFit(JsonMappingException e, JsonNode merged) {
        List<String> path = path(e);
        if (e instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
            JsonNode value = merged.at(pointer(path));
            String found = value.isMissingNode() ? "missing" : value.toString();
            return where(path) + ": " + dotted(path) + " is " + found + ", expected " + expected(mismatch, e);
        }
        Throwable cause = e.getCause();
        String reason = cause == null || cause.getMessage() == null ? e.getOriginalMessage() : cause.getMessage();
        List<String> key = new ArrayList<>(path);
        String first = reason.split(" ", 2)[0];
        if (!merged.at(pointer(path)).path(first).isMissingNode()) {
            key.add(first);
        }
        String prefix = path.isEmpty() ? "" : dotted(path) + ": ";
        return where(key) + ": " + prefix + reason;
    }

    private static String expected(MismatchedInputException mismatch, JsonMappingException e) {
        Class<?> type = mismatch.getTargetType();
        JavaType full = YAML.constructType(type);
        if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
            return "a whole number";
        } else if (type == double.class || type == float.class || type == Double.class) {
            return "a number";
        } else if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        } else if (type == String.class) {
            return "a text";
        } else if (type == Duration.class) {
            return DurationText.FORM;
        } else if (type.isEnum()) {
            return "one of " + String.join(", ", constants(type));
        } else if (full.isCollectionLikeType() || full.isArrayType()) {
            return "a list";
        } else if (type.isRecord() || full.isMapLikeType()) {
            return "keys and values";
        }
        return "a " + type.getSimpleName() + " (" + e.getOriginalMessage() + ")";
    }

    private static List<String> constants(Class<?> type) {
        List<String> names = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) {
            names.add(constant.toString().toLowerCase(Locale.ROOT));
        }
        return names;
    }

    private static List<String> path(JsonMappingException e) {
        return e.getPath().stream()
                .map(step -> step.getFieldName() == null ? Integer.toString(step.getIndex()) : step.getFieldName())
                .toList();
    }

    private static String dotted(List<String> path) {
        return String.join(".", path);
    }

    private static String pointer(List<String> path) {
        StringBuilder pointer = new StringBuilder();
        for (String step : path) {
            pointer.append('/').append(step.replace("~", "~0").replace("/", "~1"));
        }
        return pointer.toString();
    }

    /// The file and, when the file itself names the key or one of those around it, the line.
    private String where(List<String> path) {
        Map<String, Integer> lines = lines();
        for (int size = path.size(); size > 0; size--) {
            Integer line = lines.get(pointer(path.subList(0, size)));
            if (line != null) {
                return name + " line " + line;
            }
        }
        return name;
    }

    private Map<String, Integer> lines() {
        Map<String, Integer> lines = new HashMap<>();
        try (JsonParser parser = YAML.createParser(text)) {
            for (JsonToken token = next(parser); token != null; token = next(parser)) {
                if (token == JsonToken.FIELD_NAME) {
                    lines.put(
                            pointer(parser.getParsingContext()),
                            parser.currentTokenLocation().getLineNr());
                } else if (token == JsonToken.START_OBJECT
                        && parser.getParsingContext().getParent().inArray()) {
                    lines.put(
                            pointer(parser.getParsingContext().getParent()),
                            parser.currentTokenLocation().getLineNr());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("read before without this error", e);
        }
        return lines;
    }

    private static String pointer(JsonStreamContext context) {
        return context.pathAsPointer().toString();
    }

    private static @Nullable JsonToken next(JsonParser parser) throws IOException {
        return parser.nextToken();
    }
}
