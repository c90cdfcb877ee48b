package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonParser;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.collection.PayloadEdits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which parts of a point are answered.
///
/// @param payload whether there is a payload in the answer
/// @param include paths to keep, empty = all
/// @param exclude paths to leave out
/// @param vectors whether there are vectors in the answer
/// @param names   the vectors to keep, empty = all
record Selection(boolean payload, List<KeyPath> include, List<KeyPath> exclude, boolean vectors, Set<String> names) {

    static Selection of(boolean payload, boolean vectors) {
        return new Selection(payload, List.of(), List.of(), vectors, Set.of());
    }

    Selection withPayload(JsonParser in) throws IOException {
        return switch (in.currentToken()) {
            case VALUE_NULL -> this;
            case VALUE_TRUE -> new Selection(true, List.of(), List.of(), vectors, names);
            case VALUE_FALSE -> new Selection(false, List.of(), List.of(), vectors, names);
            case START_ARRAY -> {
                List<KeyPath> paths = paths(in);
                yield new Selection(!paths.isEmpty(), paths, List.of(), vectors, names);
            }
            case START_OBJECT -> {
                List<KeyPath> keep = new ArrayList<>();
                List<KeyPath> drop = new ArrayList<>();
                Json.object(in, (field, each) -> {
                    switch (field) {
                        case "include" -> keep.addAll(paths(each));
                        case "exclude" -> drop.addAll(paths(each));
                        default -> throw Faults.format("unknown field `" + field + "` of with_payload");
                    }
                });
                yield new Selection(true, keep, drop, vectors, names);
            }
            default -> throw Json.expected("a boolean, paths, include or exclude for with_payload", in);
        };
    }

    Selection withVectors(JsonParser in) throws IOException {
        return switch (in.currentToken()) {
            case VALUE_NULL -> this;
            case VALUE_TRUE -> new Selection(payload, include, exclude, true, Set.of());
            case VALUE_FALSE -> new Selection(payload, include, exclude, false, Set.of());
            case START_ARRAY -> {
                List<String> wanted = new ArrayList<>();
                Json.array(in, each -> wanted.add(Json.text(each)));
                yield new Selection(payload, include, exclude, !wanted.isEmpty(), Set.copyOf(wanted));
            }
            default -> throw Json.expected("a boolean or names for with_vector", in);
        };
    }

    Map<String, @Nullable Object> of(Map<String, @Nullable Object> whole) {
        Map<String, @Nullable Object> kept = include.isEmpty() ? whole : PayloadEdits.keepOnly(whole, include);
        for (KeyPath path : exclude) {
            kept = PayloadEdits.removeAt(kept, path);
        }
        return kept;
    }

    Map<String, VectorValue> vectorsOf(Map<String, VectorValue> all) {
        if (names.isEmpty()) {
            return all;
        }
        Map<String, VectorValue> kept = new HashMap<>(all);
        kept.keySet().retainAll(names);
        return kept;
    }

    private static List<KeyPath> paths(JsonParser in) throws IOException {
        List<KeyPath> paths = new ArrayList<>();
        Json.array(in, each -> paths.add(Conditions.path(Json.text(each))));
        return paths;
    }
}
