/// A load generator for any OpenAI-compatible URL: open arrivals, streams, percentiles without coordinated omission.
@NullMarked
package dev.pagoda.gateway.load;

import org.jspecify.annotations.NullMarked;
