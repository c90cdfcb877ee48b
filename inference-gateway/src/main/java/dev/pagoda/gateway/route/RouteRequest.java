package dev.pagoda.gateway.route;

import dev.pagoda.gateway.engine.Prompt;

/// A request as a router sees it.
///
/// @param session the same for all requests of one conversation
public record RouteRequest(Prompt prompt, long session) {}
