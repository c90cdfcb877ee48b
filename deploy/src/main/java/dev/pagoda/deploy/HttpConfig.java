package dev.pagoda.deploy;

/// Where the platform listens.
///
/// @param host name or address to bind; loopback by default, since the console there asks for no key
/// @param port 0 to 65535; 0 takes a free one
public record HttpConfig(String host, int port) {
    public HttpConfig {
        if (host.isBlank()) {
            throw new IllegalArgumentException("host is blank, expected a name or an address such as 127.0.0.1");
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port " + port + " is outside 0..65535");
        }
    }

    public static HttpConfig defaults() {
        return new HttpConfig("127.0.0.1", 8080);
    }

    HttpConfig withHost(String newHost) {
        return new HttpConfig(newHost, port);
    }

    HttpConfig withPort(int newPort) {
        return new HttpConfig(host, newPort);
    }
}
