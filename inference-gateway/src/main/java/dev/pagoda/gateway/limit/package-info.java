/// What requests may take, and who comes first when not all can: rates by key, project, team, enterprise and model,
/// reserved before a call and settled after it, and the queue before a model's replicas.
@NullMarked
package dev.pagoda.gateway.limit;

import org.jspecify.annotations.NullMarked;
