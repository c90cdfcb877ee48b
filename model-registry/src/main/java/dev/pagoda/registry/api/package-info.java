/// What other modules may know of the registry: models, versions, serving, and the ports.
@NullMarked
package dev.pagoda.registry.api;

import org.jspecify.annotations.NullMarked;
