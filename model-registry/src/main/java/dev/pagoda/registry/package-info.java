/// Models, their versions, who may use them, and which of them are to be served.
@NullMarked
package dev.pagoda.registry;

import org.jspecify.annotations.NullMarked;
