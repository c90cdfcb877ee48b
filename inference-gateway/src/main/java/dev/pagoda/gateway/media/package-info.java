/// Pictures and sounds: what their headers tell, and simulated engines that make valid ones.
@NullMarked
package dev.pagoda.gateway.media;

import org.jspecify.annotations.NullMarked;
