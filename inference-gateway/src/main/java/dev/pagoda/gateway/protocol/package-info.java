/// What the gateway's protocols share: reading JSON strictly, the life of an exchange, and streams with back-pressure.
@NullMarked
package dev.pagoda.gateway.protocol;

import org.jspecify.annotations.NullMarked;
