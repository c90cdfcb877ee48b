/// What the readers of traces take and what they refuse.
@NullMarked
package dev.pagoda.compute.trace;

import org.jspecify.annotations.NullMarked;
