package dev.pagoda.vectors.api;

import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.governance.bus.Port;

/// Ports of the vector store. Collections belong to the tenant of the call; no other tenant can see or name them.
///
/// Refusals: `collection_not_found`, `collection_exists`, `point_not_found`, `invalid_input` (400),
/// `overloaded` (429: the queue of work is full), `storage_failed` (507: the log cannot be written).
public final class Vectors {
    public static final Port<CreateCollection, CollectionChanged> CREATE_COLLECTION =
            Port.of("vectors.create-collection", CreateCollection.class, CollectionChanged.class);

    public static final Port<DeleteCollection, CollectionChanged> DELETE_COLLECTION =
            Port.of("vectors.delete-collection", DeleteCollection.class, CollectionChanged.class);

    /// Stores a batch; answered when it is on disk and visible.
    public static final Port<UpsertPoints, PointsWritten> UPSERT =
            Port.of("vectors.upsert", UpsertPoints.class, PointsWritten.class);

    public static final Port<DeletePoints, PointsWritten> DELETE_POINTS =
            Port.of("vectors.delete-points", DeletePoints.class, PointsWritten.class);

    /// Searches, alone or fused.
    public static final Port<QueryPoints, Hits> QUERY = Port.of("vectors.query", QueryPoints.class, Hits.class);

    /// Searches and tells how.
    public static final Port<QueryPoints, ExplainedHits> EXPLAIN =
            Port.of("vectors.explain", QueryPoints.class, ExplainedHits.class);

    public static final Port<CountPoints, PointCount> COUNT =
            Port.of("vectors.count", CountPoints.class, PointCount.class);

    public static final Port<ScrollPoints, ScrollPage> SCROLL =
            Port.of("vectors.scroll", ScrollPoints.class, ScrollPage.class);

    /// What the store holds and does; the platform principal sees every tenant's collections.
    public static final Port<StatusQuery, VectorsStatus> STATUS =
            Port.of("vectors.status", StatusQuery.class, VectorsStatus.class);

    private Vectors() {}
}
