/// Chats and embeddings as the gateway serves them: requests, listeners, and the backends that answer.
@NullMarked
package dev.pagoda.gateway.backend;

import org.jspecify.annotations.NullMarked;
