package dev.pagoda.workflow.node;

import java.util.Locale;

/// A question that waits for a person.
///
/// @param intent        why: what the customer wants, or `question` when nothing known fits
/// @param createdMicros wall clock, microseconds since the epoch
public record Ticket(
        String id,
        String tenant,
        String run,
        String knowledgeBase,
        String question,
        String language,
        String intent,
        Status status,
        long createdMicros,
        long updatedMicros) {

    /// Where a ticket stands.
    public enum Status {
        OPEN,
        PENDING,
        CLOSED;

        public String tag() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// @throws IllegalArgumentException with the allowed names
        public static Status of(String tag) {
            for (var status : values()) {
                if (status.tag().equals(tag)) {
                    return status;
                }
            }
            throw new IllegalArgumentException("ticket status \"" + tag + "\" is not open, pending or closed");
        }
    }
}
