/// The launcher's Java side: verbs, configuration, the wiring of the whole platform.
@NullMarked
package dev.pagoda.deploy;

import org.jspecify.annotations.NullMarked;
