/// Autoscalers: how many replicas a deployment should have.
@NullMarked
package dev.pagoda.gateway.scale;

import org.jspecify.annotations.NullMarked;
