/// Classes that break the rules of core packages.
@NullMarked
package dev.pagoda.compute.placement;

import org.jspecify.annotations.NullMarked;
