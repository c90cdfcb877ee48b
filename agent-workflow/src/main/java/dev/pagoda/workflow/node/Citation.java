package dev.pagoda.workflow.node;

/// A passage that an answer rests on.
///
/// @param number   its mark in the answer, `[1]` and up
/// @param document id of the document within its knowledge base
public record Citation(int number, String document, String title, int offset, String text) {}
