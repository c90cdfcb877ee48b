/// Ollama's HTTP API: chats, completions and embeddings as lines of JSON, the models, and models that tenants make of
/// them.
@NullMarked
package dev.pagoda.gateway.ollama;

import org.jspecify.annotations.NullMarked;
