/// The vector store of the platform: the shell that opens it, serves its ports and mounts its routes.
@NullMarked
package dev.pagoda.vectors;

import org.jspecify.annotations.NullMarked;
