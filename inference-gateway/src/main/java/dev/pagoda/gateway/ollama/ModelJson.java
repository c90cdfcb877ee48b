package dev.pagoda.gateway.ollama;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.protocol.Digest;
import dev.pagoda.gateway.protocol.Json;
import dev.pagoda.registry.api.ModelArchitecture;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.Task;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The JSON of models: in a list, loaded, or one with all that is known of it.
final class ModelJson {
    private static final Pattern FAMILY = Pattern.compile("[a-z]+\\d*");
    private static final String LATEST = ":latest";

    private ModelJson() {}

    /// A model under the name that a tenant uses.
    ///
    /// @param name    without a tag
    /// @param version of the served model
    /// @param own     what a tenant's own model adds, missing when it is none
    /// @param micros  when it was made
    record Entry(String name, ModelVersion version, JsonNode own, long micros) {
        /// Changes when the weights or what a tenant added change.
        String digest() {
            return Digest.of(version.reference() + '\n' + version.huggingFaceId() + '\n' + own);
        }

        String modified() {
            return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString();
        }
    }

    /// A loaded model.
    ///
    /// @param replicas that hold its weights
    record Loaded(Entry entry, int replicas) {}

    /// A name as lists have it: with a tag.
    static String tagged(String name) {
        return name.contains(":") ? name : name + LATEST;
    }

    /// A name without the tag that every name has.
    static String untagged(String name) {
        return name.endsWith(LATEST) ? name.substring(0, name.length() - LATEST.length()) : name;
    }

    static Buffer list(List<Entry> entries) {
        return models(entries, (json, entry) -> {
            head(json, entry);
            json.writeStringField("modified_at", entry.modified());
            json.writeNumberField("size", entry.version().architecture().weightBytes());
            json.writeFieldName("capabilities");
            capabilities(json, entry.version());
        });
    }

    /// @param expires when they will be unloaded if nothing happens
    static Buffer loaded(List<Loaded> loaded, Instant expires) {
        return models(loaded, (json, each) -> {
            ModelArchitecture architecture = each.entry().version().architecture();
            long size = Math.multiplyExact(architecture.weightBytes(), (long) each.replicas());
            head(json, each.entry());
            json.writeNumberField("size", size);
            json.writeNumberField("size_vram", each.entry().version().task() == Task.CHAT ? size : 0);
            json.writeStringField("expires_at", expires.toString());
            json.writeNumberField("context_length", architecture.context());
        });
    }

    static Buffer show(Entry entry) {
        ModelVersion version = entry.version();
        ModelArchitecture architecture = version.architecture();
        String family = family(version);
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("modelfile", modelfile(entry));
            for (String field : List.of("system", "template")) {
                String text = entry.own().path(field).asText("");
                if (!text.isEmpty()) {
                    json.writeStringField(field, text);
                }
            }
            String license = entry.own().path("license").asText(version.tags().getOrDefault("license", ""));
            if (!license.isEmpty()) {
                json.writeStringField("license", license);
            }
            String parameters = parameters(entry.own().path("parameters"));
            if (!parameters.isEmpty()) {
                json.writeStringField("parameters", parameters);
            }
            json.writeFieldName("details");
            details(json, entry);
            json.writeObjectFieldStart("model_info");
            json.writeStringField("general.architecture", family);
            json.writeStringField("general.basename", version.model());
            json.writeNumberField("general.parameter_count", architecture.parameters());
            json.writeNumberField(family + ".context_length", architecture.context());
            json.writeNumberField(family + ".embedding_length", architecture.hidden());
            json.writeNumberField(family + ".block_count", architecture.layers());
            json.writeNumberField(family + ".feed_forward_length", architecture.intermediate());
            json.writeNumberField(family + ".attention.head_count", architecture.heads());
            json.writeNumberField(family + ".attention.head_count_kv", architecture.kvHeads());
            json.writeNumberField(family + ".vocab_size", architecture.vocabulary());
            json.writeEndObject();
            json.writeFieldName("capabilities");
            capabilities(json, version);
            json.writeStringField("modified_at", entry.modified());
            json.writeEndObject();
        });
    }

    private interface Writing<T> {
        void to(JsonGenerator json, T each) throws IOException;
    }

    private static <T> Buffer models(List<T> all, Writing<T> fields) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("models");
            for (T each : all) {
                json.writeStartObject();
                fields.to(json, each);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    private static void head(JsonGenerator json, Entry entry) throws IOException {
        json.writeStringField("name", tagged(entry.name()));
        json.writeStringField("model", tagged(entry.name()));
        json.writeStringField("digest", entry.digest());
        json.writeFieldName("details");
        details(json, entry);
    }

    private static void details(JsonGenerator json, Entry entry) throws IOException {
        ModelVersion version = entry.version();
        String family = family(version);
        json.writeStartObject();
        json.writeStringField("parent_model", entry.own().isMissingNode() ? "" : version.model());
        json.writeStringField("format", version.task() == Task.EMBEDDING ? "onnx" : "safetensors");
        json.writeStringField("family", family);
        json.writeArrayFieldStart("families");
        json.writeString(family);
        json.writeEndArray();
        json.writeStringField("parameter_size", human(version.architecture().parameters()));
        json.writeStringField(
                "quantization_level", version.architecture().dtype().name());
        json.writeEndObject();
    }

    private static void capabilities(JsonGenerator json, ModelVersion version) throws IOException {
        json.writeStartArray();
        for (String each : version.task() == Task.EMBEDDING
                ? List.of("embedding")
                : List.of("completion", "tools", "thinking", "vision")) {
            json.writeString(each);
        }
        json.writeEndArray();
    }

    /// The first word of the model's name, with its generation: `qwen2` of `qwen2.5-7b-instruct`.
    private static String family(ModelVersion version) {
        if (version.task() == Task.EMBEDDING) {
            return "bert";
        }
        Matcher name = FAMILY.matcher(version.model());
        return name.lookingAt() ? name.group() : version.model();
    }

    /// `7.6B`, `33M`.
    static String human(long parameters) {
        if (parameters >= 1_000_000_000) {
            return String.format(Locale.ROOT, "%.1fB", parameters / 1e9);
        }
        return String.format(Locale.ROOT, "%.0fM", parameters / 1e6);
    }

    private static String modelfile(Entry entry) {
        var file = new StringBuilder("FROM ").append(entry.version().model()).append('\n');
        String template = entry.own().path("template").asText("");
        if (!template.isEmpty()) {
            file.append("TEMPLATE \"\"\"").append(template).append("\"\"\"\n");
        }
        String system = entry.own().path("system").asText("");
        if (!system.isEmpty()) {
            file.append("SYSTEM \"\"\"").append(system).append("\"\"\"\n");
        }
        for (String line : parameters(entry.own().path("parameters")).split("\n", -1)) {
            if (!line.isEmpty()) {
                file.append("PARAMETER ").append(line).append('\n');
            }
        }
        return file.toString();
    }

    private static String parameters(JsonNode parameters) {
        var lines = new StringBuilder();
        for (Map.Entry<String, JsonNode> each : parameters.properties()) {
            JsonNode value = each.getValue();
            for (JsonNode one : value.isArray() ? value : List.of(value)) {
                lines.append(lines.isEmpty() ? "" : "\n")
                        .append(String.format(Locale.ROOT, "%-30s %s", each.getKey(), one));
            }
        }
        return lines.toString();
    }
}
