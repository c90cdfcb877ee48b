package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.filter.PointFilter;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Filters under a collection's payload schema: a text index changes what a text match means, nothing else does.
final class SchemaFilter {
    private SchemaFilter() {}

    static PointFilter of(Filter filter, CollectionConfig config) {
        if (filter.isEverything()) {
            return new PointFilter(filter, _ -> false);
        }
        Set<KeyPath> wordKeys = new HashSet<>();
        config.payloadSchema().forEach((key, schema) -> {
            Object kind = schema instanceof Map<?, ?> options ? options.get("type") : schema;
            if ("text".equals(kind)) {
                wordKeys.add(KeyPath.parse(key));
            }
        });
        return new PointFilter(filter, wordKeys::contains);
    }
}
