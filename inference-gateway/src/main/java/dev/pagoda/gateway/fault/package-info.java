/// Failures that a request asks for itself, so that clients can be tried against them.
@NullMarked
package dev.pagoda.gateway.fault;

import org.jspecify.annotations.NullMarked;
