/// What other modules may ask of the gateway.
@NullMarked
package dev.pagoda.gateway.api;

import org.jspecify.annotations.NullMarked;
