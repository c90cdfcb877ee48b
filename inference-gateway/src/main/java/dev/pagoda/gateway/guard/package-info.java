/// Checks of what goes to models and what comes from them, by policies of tenants: block, mask or log.
@NullMarked
package dev.pagoda.gateway.guard;

import org.jspecify.annotations.NullMarked;
