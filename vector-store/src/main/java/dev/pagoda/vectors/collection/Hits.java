package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.VectorValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Points as callers get them.
final class Hits {
    private Hits() {}

    static List<Hit> of(Reading reading, List<Ranked> ranked, boolean withVectors) {
        List<Hit> hits = new ArrayList<>(ranked.size());
        for (Ranked each : ranked) {
            Hit hit = of(reading.generation(), each.point(), each.score(), withVectors);
            hits.add(
                    each.orderValue() == null
                            ? hit
                            : new Hit(
                                    hit.id(),
                                    hit.version(),
                                    hit.score(),
                                    hit.payload(),
                                    hit.vectors(),
                                    each.orderValue()));
        }
        return hits;
    }

    static Hit of(Generation generation, StoredPoint point, float score, boolean withVectors) {
        StoredPoint.Content content = point.content();
        Map<String, VectorValue> vectors = withVectors ? generation.vectors(point) : Map.of();
        return new Hit(point.id(), content.version(), score, content.payload(), vectors);
    }
}
