/// OpenAI's HTTP API: models, chat completions with streams, embeddings, and errors in OpenAI's own shape.
@NullMarked
package dev.pagoda.gateway.openai;

import org.jspecify.annotations.NullMarked;
