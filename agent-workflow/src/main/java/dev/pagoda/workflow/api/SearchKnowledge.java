package dev.pagoda.workflow.api;

/// Asks for the passages that fit a question best.
///
/// @param limit passages wanted, 1 to 100
public record SearchKnowledge(String knowledgeBase, String query, int limit) {
    /// Most passages of one search.
    public static final int MAX_LIMIT = 100;

    /// Longest question, in characters.
    public static final int MAX_QUERY_CHARS = 4_000;

    public SearchKnowledge {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit " + limit + " is not within 1 to " + MAX_LIMIT);
        }
        if (query.isBlank() || query.length() > MAX_QUERY_CHARS) {
            throw new IllegalArgumentException("the query has " + query.strip().length() + " characters; 1 to "
                    + MAX_QUERY_CHARS + " are allowed");
        }
    }
}
