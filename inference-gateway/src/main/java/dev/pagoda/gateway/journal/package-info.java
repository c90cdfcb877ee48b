/// What became of each request: searchable, bounded, and as spans for whoever collects traces.
@NullMarked
package dev.pagoda.gateway.journal;

import org.jspecify.annotations.NullMarked;
