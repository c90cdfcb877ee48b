/// Anthropic's HTTP API: messages with their stream of events, token counts, models, and errors in Anthropic's own
/// shape.
@NullMarked
package dev.pagoda.gateway.anthropic;

import org.jspecify.annotations.NullMarked;
