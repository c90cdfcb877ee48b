package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.filter.PointFilter;
import dev.pagoda.vectors.filter.Tokenizer;
import dev.pagoda.vectors.text.TextTokenizer;
import java.util.HashMap;
import java.util.Map;

/// Filters under a collection's payload schema: a text index changes what a text match means, nothing else
/// does.
final class SchemaFilter {
    private SchemaFilter() {}

    static PointFilter of(Filter filter, CollectionConfig config) {
        Map<KeyPath, Tokenizer> tokenizers = new HashMap<>();
        if (!filter.isEverything()) {
            config.payloadSchema().forEach((key, schema) -> {
                Map<?, ?> options = schema instanceof Map<?, ?> map ? map : Map.of();
                if ("text".equals(schema) || "text".equals(options.get("type"))) {
                    tokenizers.put(KeyPath.parse(key), TextTokenizer.of(options));
                }
            });
        }
        return new PointFilter(filter, tokenizers::get);
    }
}
