package dev.pagoda.workflow.openai;

/// A file in a vector store.
///
/// @param bytes         of the file itself
/// @param error         why it failed; empty otherwise
/// @param attributes    a JSON object of texts, numbers and truth values
/// @param chunkTokens   largest size of a chunk that is applied
/// @param overlapTokens that is applied
/// @param batch         that brought it; empty for none
record FileRow(
        String store,
        String id,
        String filename,
        long bytes,
        Status status,
        String error,
        String attributes,
        int chunkTokens,
        int overlapTokens,
        String batch,
        long createdMicros) {

    /// In OpenAI's words.
    enum Status {
        IN_PROGRESS,
        COMPLETED,
        FAILED,
        CANCELLED
    }

    /// The id of its document in the knowledge base; the name's ending tells the parser what it is.
    String document() {
        return id + "/" + filename;
    }

    /// The id of the file that a document is.
    static String fileOf(String document) {
        int slash = document.indexOf('/');
        return slash < 0 ? document : document.substring(0, slash);
    }
}
