package dev.pagoda.workflow.rag;

/// A passage of a document that is embedded and found as one.
///
/// @param ordinal place among the document's chunks, from 0
/// @param offset  index of the first character in the document's text
/// @param text    the passage, without white space at its ends
public record Chunk(int ordinal, int offset, String text) {
    public Chunk {
        if (ordinal < 0 || offset < 0) {
            throw new IllegalArgumentException("ordinal " + ordinal + " and offset " + offset + " start at 0");
        }
        if (text.isBlank()) {
            throw new IllegalArgumentException("a chunk needs text");
        }
    }
}
