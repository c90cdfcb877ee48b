package dev.pagoda.deploy;

import dev.pagoda.compute.ComputeConfig;
import dev.pagoda.gateway.GatewayConfig;
import dev.pagoda.governance.GovernanceConfig;
import dev.pagoda.governance.store.StoreConfig;
import dev.pagoda.workflow.WorkflowConfig;

/// All settings, one record a module; `pagoda.yaml` holds each key with its default.
///
/// @param http       where the platform listens
/// @param store      the relational state of every module
/// @param governance bounds of tenants, and prices
/// @param compute    the fleet of simulated accelerators
/// @param gateway    engines, queues, scaling
/// @param workflow   knowledge bases and workflows
public record Config(
        HttpConfig http,
        StoreConfig store,
        GovernanceConfig governance,
        ComputeConfig compute,
        GatewayConfig gateway,
        WorkflowConfig workflow) {
    public static Config defaults() {
        return new Config(
                HttpConfig.defaults(),
                StoreConfig.defaults(),
                GovernanceConfig.defaults(),
                ComputeConfig.defaults(),
                GatewayConfig.defaults(),
                WorkflowConfig.defaults());
    }

    public Config withHttp(HttpConfig newHttp) {
        return new Config(newHttp, store, governance, compute, gateway, workflow);
    }
}
