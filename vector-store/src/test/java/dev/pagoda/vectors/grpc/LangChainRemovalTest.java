package dev.pagoda.vectors.grpc;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.EmbeddingStoreWithRemovalIT;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;

/// langchain4j's own contract of stores that forget.
@Tag("slow")
class LangChainRemovalTest extends EmbeddingStoreWithRemovalIT {
    private static LangChainStore chain;

    @BeforeAll
    static void start() {
        chain = new LangChainStore();
    }

    @AfterAll
    static void stop() {
        chain.close();
    }

    @BeforeEach
    void clear() {
        chain.clear();
    }

    @Override
    protected EmbeddingStore<TextSegment> embeddingStore() {
        return chain.store();
    }

    @Override
    protected EmbeddingModel embeddingModel() {
        return chain.model();
    }
}
