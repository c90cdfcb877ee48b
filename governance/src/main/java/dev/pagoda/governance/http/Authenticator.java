package dev.pagoda.governance.http;

import dev.pagoda.governance.api.Principal;
import io.vertx.core.Future;
import java.util.Optional;

/// Finds the principal of an API key.
@FunctionalInterface
public interface Authenticator {
    /// @return empty when the key is unknown or revoked
    Future<Optional<Principal>> authenticate(String key);
}
