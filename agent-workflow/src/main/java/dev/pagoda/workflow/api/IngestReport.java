package dev.pagoda.workflow.api;

import java.util.List;

/// What became of the documents of one ingestion.
///
/// @param added     documents that were new
/// @param updated   documents whose content had changed
/// @param unchanged documents that were there as they are, and cost nothing
/// @param removed   documents that are no longer in their folder
/// @param failed    documents that could not be read
/// @param chunks    passages embedded and stored
/// @param tokens    tokens the embedding models read
/// @param problems  the first of what failed or was left out
public record IngestReport(
        String knowledgeBase,
        int added,
        int updated,
        int unchanged,
        int removed,
        int failed,
        int chunks,
        long tokens,
        List<Problem> problems) {
    /// Problems that a report lists; `failed` counts them all.
    public static final int MAX_PROBLEMS = 100;

    /// A document or file that was left out, and why.
    public record Problem(String document, String reason) {}

    public IngestReport {
        problems = List.copyOf(problems);
    }
}
