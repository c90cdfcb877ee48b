/// The routes of compute: nodes and placements.
@NullMarked
package dev.pagoda.compute.http;

import org.jspecify.annotations.NullMarked;
