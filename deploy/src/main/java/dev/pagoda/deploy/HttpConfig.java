package dev.pagoda.deploy;

/// Where the platform listens.
///
/// @param host       name or address to bind; loopback by default, since the console there asks for no key
/// @param port       0 to 65535; 0 takes a free one
/// @param eventLoops threads that serve connections, 1 to 64
public record HttpConfig(String host, int port, int eventLoops) {
    public HttpConfig {
        if (host.isBlank()) {
            throw new IllegalArgumentException("host is blank, expected a name or an address such as 127.0.0.1");
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port " + port + " is outside 0..65535");
        }
        if (eventLoops < 1 || eventLoops > 64) {
            throw new IllegalArgumentException("eventLoops " + eventLoops + " is outside 1..64");
        }
    }

    public static HttpConfig defaults() {
        return new HttpConfig("127.0.0.1", 8080, 2);
    }

    HttpConfig withHost(String newHost) {
        return new HttpConfig(newHost, port, eventLoops);
    }

    public HttpConfig withPort(int newPort) {
        return new HttpConfig(host, newPort, eventLoops);
    }
}
