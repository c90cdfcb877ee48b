/// The gateway's own routes below `/platform`.
@NullMarked
package dev.pagoda.gateway.http;

import org.jspecify.annotations.NullMarked;
