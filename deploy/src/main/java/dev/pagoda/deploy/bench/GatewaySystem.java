package dev.pagoda.deploy.bench;

import java.util.List;
import java.util.Map;

/// A server under load.
///
/// @param pids    of the processes whose time counts
/// @param headers of each request, beside the body's type
record GatewaySystem(String name, int port, List<Long> pids, Map<String, String> headers) {}
