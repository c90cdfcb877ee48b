package dev.pagoda.gateway.protocol;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.registry.api.DataType;
import dev.pagoda.registry.api.Family;
import dev.pagoda.registry.api.ModelArchitecture;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.Task;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

/// A catalogue of two of the fake service's models: `echo`, a chat model with one replica, and `embed`.
public final class Catalogues {
    private Catalogues() {}

    public static Catalogue fake() {
        return new Catalogue() {
            @Override
            public Future<List<ModelVersion>> versions(Call call) {
                return Future.succeededFuture(List.of(
                        version("echo", Task.CHAT, Family.DECODER), version("embed", Task.EMBEDDING, Family.ENCODER)));
            }

            @Override
            public Future<Map<String, Integer>> ready(Call call) {
                return Future.succeededFuture(Map.of("echo", 2));
            }
        };
    }

    private static ModelVersion version(String name, Task task, Family family) {
        var architecture = new ModelArchitecture(
                family, 12, 384, 1536, 12, 12, 32, 30_000, 4_096, true, 7_600_000_000L, 15_200_000_000L, DataType.BF16);
        return new ModelVersion(
                name, 1, "acme/" + name, "acme", task, architecture, "made up", Map.of(), 1_700_000_000_000_000L, null);
    }
}
