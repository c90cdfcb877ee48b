package dev.pagoda.gateway.route;

/// What a router sees of one that may take a request: a simulated engine or a live replica.
public interface Target {
    /// Its name for as long as it lives; never given to another.
    long id();

    /// Requests in its batch.
    int running();

    /// Requests in its queue.
    int waiting();

    /// Held share of its KV blocks, 0 to 1.
    double kvUsage();

    default int inFlight() {
        return running() + waiting();
    }
}
