package dev.pagoda.deploy;

import dev.pagoda.compute.ComputeConfig;
import dev.pagoda.governance.store.StoreConfig;

/// All settings, one record a module; `pagoda.yaml` holds each key with its default.
///
/// @param http    where the platform listens
/// @param store   the relational state of every module
/// @param compute the fleet of simulated accelerators
public record Config(HttpConfig http, StoreConfig store, ComputeConfig compute) {
    public static Config defaults() {
        return new Config(HttpConfig.defaults(), StoreConfig.defaults(), ComputeConfig.defaults());
    }

    public Config withHttp(HttpConfig newHttp) {
        return new Config(newHttp, store, compute);
    }
}
