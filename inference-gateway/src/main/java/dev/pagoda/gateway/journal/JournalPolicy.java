package dev.pagoda.gateway.journal;

import org.jspecify.annotations.Nullable;

/// Whether the texts of a tenant's requests are kept beside what became of them.
///
/// @param prompts        messages and answers, each cut at 100,000 characters; false if null
/// @param retentionHours how long texts are kept, 1 to 8,760; 24 if null
public record JournalPolicy(
        @Nullable Boolean prompts, @Nullable Integer retentionHours) {
    private static final int HOURS = 24;
    private static final int MAX_HOURS = 8_760;

    public JournalPolicy {
        if (retentionHours != null && (retentionHours < 1 || retentionHours > MAX_HOURS)) {
            throw new IllegalArgumentException(
                    "retention_hours " + retentionHours + " is not within 1 to " + MAX_HOURS);
        }
    }

    public boolean keepsTexts() {
        return prompts != null && prompts;
    }

    long retentionMicros() {
        return (retentionHours == null ? HOURS : retentionHours) * 3_600_000_000L;
    }
}
