/// Studies in virtual time: an event queue, a clock that only events move, and clusters that pods and jobs run
/// through.
@NullMarked
package dev.pagoda.compute.sim;

import org.jspecify.annotations.NullMarked;
