/// Routing: which replica takes a request.
@NullMarked
package dev.pagoda.gateway.route;

import org.jspecify.annotations.NullMarked;
