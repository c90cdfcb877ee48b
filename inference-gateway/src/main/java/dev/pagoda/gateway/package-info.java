/// OpenAI-compatible serving of simulated and real models.
@NullMarked
package dev.pagoda.gateway;

import org.jspecify.annotations.NullMarked;
