/// Readers of published traces: whole, bounded, and with an error that names file, line and column.
@NullMarked
package dev.pagoda.compute.trace;

import org.jspecify.annotations.NullMarked;
