/// Studies in virtual time: the same cores that run live, fed with traces.
@NullMarked
package dev.pagoda.compute.sim;

import org.jspecify.annotations.NullMarked;
