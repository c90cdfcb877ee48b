/// Tests of the launcher, the configuration and the architecture.
@NullMarked
package dev.pagoda.deploy;

import org.jspecify.annotations.NullMarked;
