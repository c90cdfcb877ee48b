/// Studies of serving under a virtual clock: traces in, engines and routing as in live serving, measurements out.
@NullMarked
package dev.pagoda.gateway.study;

import org.jspecify.annotations.NullMarked;
