/// What administrators settle for one enterprise at a time: durable, in memory for every request, and set over HTTP.
@NullMarked
package dev.pagoda.gateway.policy;

import org.jspecify.annotations.NullMarked;
