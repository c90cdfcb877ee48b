package dev.pagoda.gateway.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One OpenAPI document of all that is served: descriptions of parts put together, and a bare entry for a route that no
/// part describes.
///
/// The components of a part go under its name, so that two parts may call theirs the same; security schemes are shared.
/// What a part describes and nobody serves is left out.
public final class OpenApiDocument {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern REFERENCE = Pattern.compile("#/components/(?!securitySchemes)([a-zA-Z]+)/");
    private static final Pattern PARAMETER = Pattern.compile("\\{([^}]+)}");

    private final ObjectNode root = JSON.createObjectNode();
    private final ObjectNode paths = JSON.createObjectNode();
    private final ObjectNode components = JSON.createObjectNode();

    private OpenApiDocument() {
        root.put("openapi", "3.1.0");
        root.putObject("info")
                .put("title", "Pagoda's inference gateway")
                .put("version", "1")
                .put(
                        "description",
                        "The APIs of OpenAI, Azure OpenAI, Anthropic, Ollama and KServe over the same models, and the"
                                + " administration of the gateway.");
        root.putArray("security").addObject().putArray("key");
        root.set("paths", paths);
        root.set("components", components);
    }

    /// @param parts  names of resources `/openapi/NAME.json`
    /// @param served all that is served
    public static JsonNode of(List<String> parts, SortedSet<ServedRoute> served) {
        var document = new OpenApiDocument();
        for (String part : parts) {
            document.add(part, read("/openapi/" + part + ".json"), served);
        }
        served.forEach(document::describe);
        return document.root;
    }

    private void add(String name, JsonNode part, SortedSet<ServedRoute> served) {
        for (Map.Entry<String, JsonNode> path : part.path("paths").properties()) {
            for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
                if (served.contains(new ServedRoute(operation.getKey(), path.getKey()))) {
                    ObjectNode described = renamed(name, operation.getValue());
                    if (!described.has("tags")) {
                        described.putArray("tags").add(name);
                    }
                    described.remove("operationId");
                    ArrayNode parameters = described.withArrayProperty("parameters");
                    path.getValue().path("parameters").forEach(parameters::add);
                    paths.withObjectProperty(path.getKey()).set(operation.getKey(), described);
                }
            }
        }
        for (Map.Entry<String, JsonNode> kind : part.path("components").properties()) {
            boolean isShared = kind.getKey().equals("securitySchemes");
            for (Map.Entry<String, JsonNode> each : kind.getValue().properties()) {
                components
                        .withObjectProperty(kind.getKey())
                        .set(isShared ? each.getKey() : name + "." + each.getKey(), renamed(name, each.getValue()));
            }
        }
    }

    /// Adds what nobody has described.
    private void describe(ServedRoute route) {
        ObjectNode path = paths.withObjectProperty(route.path());
        if (path.has(route.method())) {
            return;
        }
        ObjectNode operation = path.putObject(route.method());
        operation.put("summary", route.method().toUpperCase(Locale.ROOT) + " " + route.path());
        var parameters = operation.putArray("parameters");
        Matcher parameter = PARAMETER.matcher(route.path());
        while (parameter.find()) {
            parameters
                    .addObject()
                    .put("name", parameter.group(1))
                    .put("in", "path")
                    .put("required", true)
                    .putObject("schema")
                    .put("type", "string");
        }
        operation.putObject("responses").putObject("default").put("description", "As the API of this path has it.");
    }

    private static ObjectNode renamed(String name, JsonNode node) {
        String text = REFERENCE.matcher(node.toString()).replaceAll("#/components/$1/" + name + ".");
        try {
            return (ObjectNode) JSON.readTree(text);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /// What a part describes.
    public static SortedSet<ServedRoute> described(String part) {
        var described = new TreeSet<ServedRoute>();
        for (Map.Entry<String, JsonNode> path :
                read("/openapi/" + part + ".json").path("paths").properties()) {
            path.getValue().fieldNames().forEachRemaining(method -> {
                if (!method.equals("parameters")) {
                    described.add(new ServedRoute(method, path.getKey()));
                }
            });
        }
        return described;
    }

    private static JsonNode read(String resource) {
        try (InputStream part = OpenApiDocument.class.getResourceAsStream(resource)) {
            if (part == null) {
                throw new IllegalStateException("resource " + resource + " is missing");
            }
            return JSON.readTree(part);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
