/// What other modules may know of compute: requests, replies and the addresses they go to.
@NullMarked
package dev.pagoda.compute.api;

import org.jspecify.annotations.NullMarked;
