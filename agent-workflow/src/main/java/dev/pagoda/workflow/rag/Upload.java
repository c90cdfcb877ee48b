package dev.pagoda.workflow.rag;

import dev.pagoda.workflow.api.SourceDocument;

/// A document that a client sends.
public sealed interface Upload {

    /// Plain text, as it is.
    record Text(SourceDocument document) implements Upload {}

    /// A file to be parsed by its content.
    ///
    /// @param name  its name or path; becomes the document's id
    /// @param bytes handed over with the record
    record File(String name, byte[] bytes) implements Upload {}
}
