package dev.pagoda.compute.api;

import java.util.Objects;

/// Where the figures of an accelerator come from and how far to trust them.
public record Provenance(Confidence confidence, String source) {
    public Provenance {
        Objects.requireNonNull(confidence, "confidence");
        Objects.requireNonNull(source, "source");
    }

    /// A: the maker's page or a measured system's file. B: a secondary page. C: sources disagree, or an
    /// estimate.
    public enum Confidence {
        A,
        B,
        C
    }
}
