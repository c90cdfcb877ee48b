package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// What a collection that is measured compares by.
enum QdrantDistance {
    COSINE("Cosine", Metric.IP),
    DOT("Dot", Metric.IP),
    EUCLID("Euclid", Metric.L2);

    private final String wireName;
    private final Metric metric;

    QdrantDistance(String wireName, Metric metric) {
        this.wireName = wireName;
        this.metric = metric;
    }

    static QdrantDistance named(String name) {
        return Arrays.stream(values())
                .filter(each -> each.label().equals(name))
                .findFirst()
                .orElseThrow(() -> new StartRefused("there is no distance '" + name + "'; there are "
                        + Arrays.stream(values()).map(QdrantDistance::label).collect(Collectors.joining(", "))));
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// As Qdrant spells it in JSON.
    String wireName() {
        return wireName;
    }

    /// By which the exact answers are found; for cosine of rows scaled to unit length.
    Metric metric() {
        return metric;
    }
}
