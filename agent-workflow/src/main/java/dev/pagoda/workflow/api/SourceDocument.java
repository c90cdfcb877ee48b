package dev.pagoda.workflow.api;

/// A text to be taken into a knowledge base.
///
/// @param id    names the document within the knowledge base; sending it again replaces it
/// @param title shown with citations; the id when blank
/// @param text  plain text
public record SourceDocument(String id, String title, String text) {}
