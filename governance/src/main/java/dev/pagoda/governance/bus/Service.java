package dev.pagoda.governance.bus;

import io.vertx.core.Future;

/// Answers the questions of one port. Called on the context that registered it; must not block it.
@FunctionalInterface
public interface Service<Q extends Record, R extends Record> {
    /// @return the answer, or a future failed with [Refused]; any other failure is a fault and is logged by the bus
    Future<R> answer(Q question, Call call);
}
