/// Continuous batching: which sequences take part in each step of an engine, and which KV blocks they hold.
@NullMarked
package dev.pagoda.gateway.engine;

import org.jspecify.annotations.NullMarked;
