package dev.pagoda.workflow;

import java.time.Duration;
import java.util.List;

/// The configuration of knowledge bases and workflows.
///
/// @param maxBodyBytes      size of a request body, 1 KiB to 256 MiB
/// @param maxKnowledgeBases knowledge bases of a tenant, 1 to 10,000
public record WorkflowConfig(
        ModelNames models,
        Chunks chunks,
        Ingest ingest,
        Answers answers,
        Runs runs,
        long maxBodyBytes,
        int maxKnowledgeBases) {

    public WorkflowConfig {
        bounded("maxBodyBytes", maxBodyBytes, 1 << 10, 256 << 20);
        bounded("maxKnowledgeBases", maxKnowledgeBases, 1, 10_000);
    }

    public static WorkflowConfig defaults() {
        return new WorkflowConfig(
                new ModelNames("all-minilm-l6-v2", 384, "bge-small-zh-v1.5", 512, "qwen2.5-7b-instruct"),
                new Chunks(180, 240, 30),
                new Ingest(List.of("./documents"), 64, 10 << 20, 10_000, 4, Duration.ofMinutes(30)),
                new Answers(4, 0.55, 0.66),
                new Runs(64, 50, Duration.ofSeconds(30), Duration.ofMinutes(2), 1_000, 10_000),
                32 << 20,
                200);
    }

    /// The models asked of the gateway.
    ///
    /// @param english           embedding model for English and other alphabets
    /// @param englishDimensions size of its vectors
    /// @param chinese           embedding model for Chinese
    /// @param chineseDimensions size of its vectors
    /// @param chat              model that answers in workflows
    public record ModelNames(
            String english, int englishDimensions, String chinese, int chineseDimensions, String chat) {
        public ModelNames {
            for (var name : List.of(english, chinese, chat)) {
                if (name.isBlank()) {
                    throw new IllegalArgumentException("a model name is blank");
                }
            }
            bounded("englishDimensions", englishDimensions, 1, 65_536);
            bounded("chineseDimensions", chineseDimensions, 1, 65_536);
        }
    }

    /// The size of passages, in estimated tokens.
    ///
    /// @param targetTokens  size at which a passage ends with its sentence
    /// @param maxTokens     size that none exceeds, at most 400; the English model reads 256 real tokens
    /// @param overlapTokens text repeated from the passage before, at most half of the target
    public record Chunks(int targetTokens, int maxTokens, int overlapTokens) {
        public Chunks {
            bounded("maxTokens", maxTokens, 16, 400);
            bounded("targetTokens", targetTokens, 1, maxTokens);
            bounded("overlapTokens", overlapTokens, 0, targetTokens / 2);
        }
    }

    /// How documents are taken in.
    ///
    /// @param folders          folders below which a folder may be read by an administrator or from this
    ///     machine
    /// @param batchSize        passages embedded at once, 1 to 256
    /// @param maxDocumentBytes size of a document, 1 to 128 MiB
    /// @param maxDocuments     documents of one ingestion, 1 to 1,000,000
    /// @param maxRunning       ingestions at once, 1 to 64
    /// @param limit            time of one ingestion, at most 1 h
    public record Ingest(
            List<String> folders,
            int batchSize,
            int maxDocumentBytes,
            int maxDocuments,
            int maxRunning,
            Duration limit) {
        public Ingest {
            folders = List.copyOf(folders);
            bounded("batchSize", batchSize, 1, 256);
            bounded("maxDocumentBytes", maxDocumentBytes, 1, 128 << 20);
            bounded("maxDocuments", maxDocuments, 1, 1_000_000);
            bounded("maxRunning", maxRunning, 1, 64);
            positive("limit", limit);
        }
    }

    /// When and from how much a question is answered.
    ///
    /// @param passages        passages given to the model, 1 to 20
    /// @param enoughInEnglish relevance of the best passage from which an English question is answered, 0
    ///     to 1.5
    /// @param enoughInChinese the same for a Chinese question
    public record Answers(int passages, double enoughInEnglish, double enoughInChinese) {
        public Answers {
            bounded("passages", passages, 1, 20);
            for (double enough : new double[] {enoughInEnglish, enoughInChinese}) {
                if (!(enough >= 0 && enough <= 1.5)) {
                    throw new IllegalArgumentException("relevance " + enough + " is not within 0 to 1.5");
                }
            }
        }
    }

    /// Bounds of runs.
    ///
    /// @param maxRunning  runs at once, 1 to 10,000
    /// @param maxSteps    node visits of a run, 1 to 10,000
    /// @param nodeTimeout time of a node, at most 1 h
    /// @param limit       time of a run, at most 1 h
    /// @param keptRuns    runs of a tenant that the history keeps, 1 to 1,000,000
    /// @param keptTickets tickets of a tenant that are kept, 1 to 1,000,000
    public record Runs(
            int maxRunning, int maxSteps, Duration nodeTimeout, Duration limit, int keptRuns, int keptTickets) {
        public Runs {
            bounded("maxRunning", maxRunning, 1, 10_000);
            bounded("maxSteps", maxSteps, 1, 10_000);
            positive("nodeTimeout", nodeTimeout);
            positive("limit", limit);
            bounded("keptRuns", keptRuns, 1, 1_000_000);
            bounded("keptTickets", keptTickets, 1, 1_000_000);
        }
    }

    private static void bounded(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " " + value + " is not within " + least + " to " + most);
        }
    }

    private static void positive(String name, Duration value) {
        if (!value.isPositive() || value.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException(name + " " + value + " is not positive and at most 1 h");
        }
    }
}
