package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.filter.BoolIndex;
import dev.pagoda.vectors.filter.FieldIndex;
import dev.pagoda.vectors.filter.GeoIndex;
import dev.pagoda.vectors.filter.KeywordIndex;
import dev.pagoda.vectors.filter.RangeIndex;
import dev.pagoda.vectors.filter.TextIndex;
import dev.pagoda.vectors.text.TextTokenizer;
import java.util.Map;

/// Makes the indexes that a collection's payload schema asks for.
final class PayloadSchema {
    private PayloadSchema() {}

    /// @param schema the kind (`"keyword"`) or a map of kind (under `type`) and options
    static FieldIndex index(KeyPath key, Object schema) {
        Map<?, ?> options = schema instanceof Map<?, ?> map ? map : Map.of();
        Object kind = schema instanceof Map<?, ?> ? options.get("type") : schema;
        return switch (String.valueOf(kind)) {
            case "keyword" -> new KeywordIndex(key, Boolean.TRUE.equals(options.get("prefix")), false);
            case "uuid" -> new KeywordIndex(key, false, true);
            case "integer" ->
                new RangeIndex(key, RangeIndex.Kind.INTEGER, !Boolean.FALSE.equals(options.get("lookup")));
            case "float" -> new RangeIndex(key, RangeIndex.Kind.FLOAT, false);
            case "datetime" -> new RangeIndex(key, RangeIndex.Kind.TIME, false);
            case "bool" -> new BoolIndex(key);
            case "geo" -> new GeoIndex(key);
            case "text" -> new TextIndex(key, TextTokenizer.of(options));
            default -> throw new IllegalArgumentException("no index is of kind " + kind);
        };
    }
}
