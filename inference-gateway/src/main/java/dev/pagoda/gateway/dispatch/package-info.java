/// By which model a tenant's request is answered: aliases, weights, fallbacks, hedges and shadows.
@NullMarked
package dev.pagoda.gateway.dispatch;

import org.jspecify.annotations.NullMarked;
