package dev.pagoda.governance.bus;

import io.vertx.core.Future;

/// A served port or a subscription, until it is withdrawn.
@FunctionalInterface
public interface Registration {
    Future<Void> withdraw();
}
