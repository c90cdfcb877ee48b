/// Approximate and exact nearest neighbours over rows of floats; no clock, no I/O, seeded randomness.
@NullMarked
package dev.pagoda.vectors.hnsw;

import org.jspecify.annotations.NullMarked;
