package dev.pagoda.governance.api;

import java.util.Locale;

/// How urgently a request was worked on, which its price depends on; the names are OpenAI's.
public enum ServiceTier {
    DEFAULT,
    /// May wait for the others, for less.
    FLEX,
    /// Goes before the others, for more.
    PRIORITY,
    /// Of a file of requests that is worked on within a day.
    BATCH;

    /// As reports and clients name it.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The tier of a name that a client gave; every other name is the default tier.
    public static ServiceTier of(String name) {
        return switch (name) {
            case "flex" -> FLEX;
            case "priority", "fast" -> PRIORITY;
            case "batch" -> BATCH;
            default -> DEFAULT;
        };
    }
}
