package dev.pagoda.workflow.api;

import java.util.List;

/// What knowledge bases and workflows are doing now.
///
/// @param knowledgeBases  the caller's own, or everybody's for the platform
/// @param runningIngests  ingestions under way
/// @param runningRuns     runs under way
/// @param finishedToday   runs kept in the history that ended since midnight UTC, however they ended
/// @param failedToday     those among them that failed
/// @param openTickets     tickets that wait for a person
public record WorkflowStatus(
        List<KnowledgeBaseStatus> knowledgeBases,
        int runningIngests,
        int runningRuns,
        long finishedToday,
        long failedToday,
        long openTickets) {
    public WorkflowStatus {
        knowledgeBases = List.copyOf(knowledgeBases);
    }

    /// One knowledge base.
    ///
    /// @param isIngesting whether documents are being taken in now
    public record KnowledgeBaseStatus(String tenant, String name, long documents, long chunks, boolean isIngesting) {}
}
