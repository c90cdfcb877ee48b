/// Typed ports and topics over the Vert.x event bus; every call carries tenant, trace and deadline.
@NullMarked
package dev.pagoda.governance.bus;

import org.jspecify.annotations.NullMarked;
