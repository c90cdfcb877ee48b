package dev.pagoda.deploy;

/// All settings, one record a module; `pagoda.yaml` holds each key with its default.
///
/// @param http where the platform listens
public record Config(HttpConfig http) {
    public static Config defaults() {
        return new Config(HttpConfig.defaults());
    }

    Config withHttp(HttpConfig newHttp) {
        return new Config(newHttp);
    }
}
