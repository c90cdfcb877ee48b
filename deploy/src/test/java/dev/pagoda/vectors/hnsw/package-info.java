/// A class that breaks a rule of the vector store's core.
@NullMarked
package dev.pagoda.vectors.hnsw;

import org.jspecify.annotations.NullMarked;
