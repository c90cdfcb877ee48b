package dev.pagoda.deploy;

import dev.pagoda.compute.ComputeConfig;
import dev.pagoda.gateway.GatewayConfig;
import dev.pagoda.gateway.TrafficConfig;
import dev.pagoda.gateway.openai.OpenAiConfig;
import dev.pagoda.governance.GovernanceConfig;
import dev.pagoda.governance.store.StoreConfig;
import dev.pagoda.registry.RegistryConfig;
import dev.pagoda.vectors.VectorStoreConfig;
import dev.pagoda.workflow.WorkflowConfig;

/// All settings, one record a module; `pagoda.yaml` holds each key with its default.
///
/// @param http       where the platform listens
/// @param store      the relational state of every module
/// @param governance bounds of tenants, and prices
/// @param compute    the fleet of simulated accelerators
/// @param registry   the models that may be served
/// @param vectors    the vector store's threads, queues and log
/// @param gateway    engines, queues, scaling
/// @param openai     bounds of the OpenAI surface
/// @param traffic    limits that requests meet before the engines
/// @param workflow   knowledge bases and workflows
public record Config(
        HttpConfig http,
        StoreConfig store,
        GovernanceConfig governance,
        ComputeConfig compute,
        RegistryConfig registry,
        VectorStoreConfig vectors,
        GatewayConfig gateway,
        OpenAiConfig openai,
        TrafficConfig traffic,
        WorkflowConfig workflow) {
    public static Config defaults() {
        return new Config(
                HttpConfig.defaults(),
                StoreConfig.defaults(),
                GovernanceConfig.defaults(),
                ComputeConfig.defaults(),
                RegistryConfig.defaults(),
                VectorStoreConfig.defaults(),
                GatewayConfig.defaults(),
                OpenAiConfig.defaults(),
                TrafficConfig.defaults(),
                WorkflowConfig.defaults());
    }

    public Config withHttp(HttpConfig newHttp) {
        return new Config(newHttp, store, governance, compute, registry, vectors, gateway, openai, traffic, workflow);
    }

    public Config withVectors(VectorStoreConfig newVectors) {
        return new Config(http, store, governance, compute, registry, newVectors, gateway, openai, traffic, workflow);
    }
}
