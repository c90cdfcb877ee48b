package dev.pagoda.workflow.openai;

/// A vector store as it is kept.
///
/// @param id          also the name of its knowledge base
/// @param metadata    a JSON object of texts
/// @param expiresDays days after the last use at which it expires, 0 for never
record VectorStoreRow(
        String id,
        String tenant,
        String name,
        String description,
        String metadata,
        long expiresDays,
        long createdMicros,
        long activeMicros) {
    private static final long MICROS_PER_DAY = 86_400_000_000L;

    /// 0 for never.
    long expiresMicros() {
        return expiresDays == 0 ? 0 : activeMicros + expiresDays * MICROS_PER_DAY;
    }

    boolean isExpired(long nowMicros) {
        return expiresDays != 0 && nowMicros >= expiresMicros();
    }
}
