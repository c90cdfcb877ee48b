package dev.pagoda.gateway.protocol;

import dev.pagoda.governance.bus.Refusal;

/// An exchange whose response has not ended.
public interface OpenExchange {
    /// Ends it with an error, because the platform stops. Comes from any thread.
    void shutDown(Refusal why);
}
