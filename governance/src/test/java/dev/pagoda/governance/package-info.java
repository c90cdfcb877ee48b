/// Tests of the pillar as a whole, over HTTP and the bus.
@NullMarked
package dev.pagoda.governance;

import org.jspecify.annotations.NullMarked;
