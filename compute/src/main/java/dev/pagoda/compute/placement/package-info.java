/// Who gets which device: a pure core without clock, threads or I/O.
@NullMarked
package dev.pagoda.compute.placement;

import org.jspecify.annotations.NullMarked;
