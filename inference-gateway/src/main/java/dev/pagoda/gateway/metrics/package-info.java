/// The names, labels and buckets of vLLM's own metrics, so that its dashboards read ours.
@NullMarked
package dev.pagoda.gateway.metrics;

import org.jspecify.annotations.NullMarked;
