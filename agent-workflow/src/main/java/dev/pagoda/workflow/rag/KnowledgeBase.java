package dev.pagoda.workflow.rag;

/// A tenant's collection of documents that can be searched.
///
/// @param id             made by us, never reused; names the vector collection
/// @param name           unique within the tenant
/// @param createdMicros  wall clock, microseconds since the epoch
/// @param ingestedMicros when documents last changed, 0 if there were none yet
public record KnowledgeBase(
        String id, String tenant, String name, long createdMicros, long ingestedMicros, long documents, long chunks) {

    /// The vector collection that holds the passages; its tenant may search it as any other.
    public String collection() {
        return "kb_" + id;
    }
}
