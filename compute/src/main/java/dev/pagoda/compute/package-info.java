/// Accelerators as a service: a fleet from configuration, and gangs of whole devices placed on it.
@NullMarked
package dev.pagoda.compute;

import org.jspecify.annotations.NullMarked;
