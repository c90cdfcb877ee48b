package dev.pagoda.governance.api;

import java.util.List;

/// The usage of many requests, each under its own principal.
///
/// @param entries 1 to [#MAX_ENTRIES]
public record UsageBatch(List<Entry> entries) {
    public static final int MAX_ENTRIES = 4_096;

    /// One request.
    public record Entry(Principal principal, UsageRecord usage) {}

    public UsageBatch {
        entries = List.copyOf(entries);
        if (entries.isEmpty() || entries.size() > MAX_ENTRIES) {
            throw new IllegalArgumentException(
                    "a batch has " + entries.size() + " entries, 1 to " + MAX_ENTRIES + " are allowed");
        }
    }
}
