/// What other modules may import of the vector store: records, the filter model and the bus ports.
@NullMarked
package dev.pagoda.vectors.api;

import org.jspecify.annotations.NullMarked;
