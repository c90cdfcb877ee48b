/// Sparse vectors: words turned into BM25 weights, and the inverted index that ranks them.
@NullMarked
package dev.pagoda.vectors.text;

import org.jspecify.annotations.NullMarked;
