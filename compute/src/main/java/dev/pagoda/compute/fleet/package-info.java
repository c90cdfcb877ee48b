/// Accelerators and the nodes that carry them.
@NullMarked
package dev.pagoda.compute.fleet;

import org.jspecify.annotations.NullMarked;
