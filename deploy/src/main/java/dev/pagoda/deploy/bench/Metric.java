package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.util.Locale;

/// What "near" means in a measurement.
enum Metric {
    /// Squared Euclidean distance, small is near.
    L2,
    /// Inner product, great is near. Cosine is this on rows of unit length.
    IP;

    static Metric named(String name) {
        return switch (name) {
            case "l2" -> L2;
            case "ip" -> IP;
            default -> throw new StartRefused("there is no metric '" + name + "'; there are l2 and ip");
        };
    }

    /// As on the command line and in the protocol of the children.
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
