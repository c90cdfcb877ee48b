/// Bounds on what may wait.
@NullMarked
package dev.pagoda.gateway.limit;

import org.jspecify.annotations.NullMarked;
