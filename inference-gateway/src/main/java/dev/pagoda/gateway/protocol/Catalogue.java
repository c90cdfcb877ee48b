package dev.pagoda.gateway.protocol;

import dev.pagoda.gateway.api.Gateway;
import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.registry.api.ListServing;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.Registry;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What the registry and the deployments know of the models that are served, for protocols that tell it.
public interface Catalogue {
    /// The versions that are marked for serving and that the caller may use.
    Future<List<ModelVersion>> versions(Call call);

    /// How many replicas of each model take requests now.
    Future<Map<String, Integer>> ready(Call call);

    static Catalogue of(Bus bus) {
        return new Catalogue() {
            @Override
            public Future<List<ModelVersion>> versions(Call call) {
                return bus.ask(Registry.SERVING, new ListServing(), call).map(reply -> reply.versions());
            }

            @Override
            public Future<Map<String, Integer>> ready(Call call) {
                return bus.ask(Gateway.STATUS, new StatusQuery(), call)
                        .map(status -> status.deployments().stream()
                                .collect(Collectors.toMap(
                                        DeploymentStatus::model, DeploymentStatus::ready, Integer::sum)));
            }
        };
    }
}
