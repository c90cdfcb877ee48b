package dev.pagoda.vectors.collection;

/// How like one vector the points of a field are.
interface Similarity {
    /// Greater is closer: the dot product, or the distance negated.
    float of(StoredPoint point);
}
