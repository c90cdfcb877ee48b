package dev.pagoda.workflow.api;

/// A passage of a document that was found.
///
/// @param document  id of the document within its knowledge base
/// @param offset    index of the passage's first character in the document's text
/// @param language  `en` or `zh`
/// @param score     rank score of the fused search; orders passages of one search, compares with no other
/// @param relevance how well the passage fits the question by itself, about 0 to 1.5; comparable between
///     searches
public record Passage(
        String document, String title, String text, int offset, String language, double score, double relevance) {}
