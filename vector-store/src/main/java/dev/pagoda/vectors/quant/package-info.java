/// How vectors are kept: rows of several precisions, a random rotation, and one-bit codes of edges.
@NullMarked
package dev.pagoda.vectors.quant;

import org.jspecify.annotations.NullMarked;
