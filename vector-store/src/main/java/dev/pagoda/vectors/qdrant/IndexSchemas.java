package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.text.TextTokenizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads what `PUT index` asks for.
///
/// What decides which points a filter yields is checked. What only places an index on Qdrant's disk or in
/// its graph is taken and told again.
final class IndexSchemas {
    private static final Set<String> KINDS =
            Set.of("keyword", "integer", "float", "bool", "geo", "datetime", "text", "uuid");
    private static final List<String> FLAGS = List.of(
            "is_tenant",
            "is_principal",
            "on_disk",
            "enable_hnsw",
            "lookup",
            "range",
            "prefix",
            "lowercase",
            "ascii_folding",
            "phrase_matching");
    private static final Set<String> PLACES = Set.of("cold", "cached", "pinned");

    private IndexSchemas() {}

    /// The payload schema of a collection with one more index.
    static Map<String, @Nullable Object> with(CollectionConfig config, Map<String, @Nullable Object> body) {
        Fields fields = Fields.of(body, "");
        String key = fields.text("field_name");
        Conditions.path(key);
        Object schema = fields.has("field_schema") ? fields.get("field_schema") : fields.get("field_type");
        if (!(schema instanceof String kind)) {
            checkOptions(Fields.of(schema, "field_schema"));
        } else if (!KINDS.contains(kind)) {
            throw unknownKind(kind);
        }
        Map<String, @Nullable Object> next = new LinkedHashMap<>(config.payloadSchema());
        next.put(key, schema);
        return next;
    }

    private static void checkOptions(Fields options) {
        String kind = options.text("type");
        if (!KINDS.contains(kind)) {
            throw unknownKind(kind);
        }
        for (String flag : FLAGS) {
            if (options.has(flag) && !(options.get(flag) instanceof Boolean)) {
                throw Faults.format("expected a boolean for field_schema." + flag + ", got " + options.get(flag));
            }
        }
        if (options.has("memory") && !PLACES.contains(options.text("memory"))) {
            throw Faults.format("unknown variant `" + options.get("memory") + "`, expected one of " + PLACES);
        }
        if (kind.equals("integer")
                && Boolean.FALSE.equals(options.get("lookup"))
                && Boolean.FALSE.equals(options.get("range"))) {
            throw Faults.validation(
                    "field_schema",
                    "{lookup: false, range: false}",
                    "Validation error: the 'lookup' and 'range' capabilities can't be both disabled");
        }
        if (kind.equals("text")) {
            try {
                TextTokenizer.of(options.map());
            } catch (IllegalArgumentException refused) {
                throw Faults.format(String.valueOf(refused.getMessage()));
            }
        }
    }

    private static RuntimeException unknownKind(String kind) {
        return Faults.format("unknown variant `" + kind + "`, expected one of "
                + KINDS.stream().sorted().toList());
    }
}
