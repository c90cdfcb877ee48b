/// Qdrant's REST protocol, version 1.19, on the platform's shared port.
@NullMarked
package dev.pagoda.vectors.qdrant;

import org.jspecify.annotations.NullMarked;
