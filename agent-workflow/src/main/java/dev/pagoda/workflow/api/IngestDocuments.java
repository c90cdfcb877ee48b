package dev.pagoda.workflow.api;

import java.util.List;

/// Asks to take documents into a knowledge base, which is created when it is not there.
public record IngestDocuments(String knowledgeBase, List<SourceDocument> documents) {
    public IngestDocuments {
        documents = List.copyOf(documents);
    }
}
