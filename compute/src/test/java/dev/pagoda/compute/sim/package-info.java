@NullMarked
package dev.pagoda.compute.sim;

import org.jspecify.annotations.NullMarked;
