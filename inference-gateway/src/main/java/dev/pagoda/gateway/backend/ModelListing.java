package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.RerankerConfig;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.registry.api.ListServing;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.Registry;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/// The models that a caller can ask: registered ones by name, then rerankers of the settings, then those that are
/// served as soon as somebody asks. Safe from any thread.
record ModelListing(Bus bus, Rerankers rerankers) {
    Future<List<ServedModel>> models(Call call) {
        return bus.ask(Registry.SERVING, new ListServing(), call).map(reply -> all(reply.versions()));
    }

    private List<ServedModel> all(List<ModelVersion> versions) {
        var models = new TreeMap<String, ServedModel>();
        for (ModelVersion version : versions) {
            models.put(
                    version.model(),
                    new ServedModel(
                            version.model(),
                            version.huggingFaceId(),
                            TimeUnit.MICROSECONDS.toSeconds(version.createdMicros()),
                            version.publisher(),
                            version.architecture().context()));
        }
        List<ServedModel> all = new ArrayList<>(models.values());
        Set<String> registered = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        registered.addAll(models.keySet());
        // behind the registered ones: many a client takes the first, and wants to chat
        rerankers.models().stream()
                .filter(known -> registered.add(known.name()))
                .forEach(known -> {
                    registered.add(RerankerConfig.bare(known.name()));
                    all.add(known);
                });
        RequestDeployments.known().stream()
                .filter(known -> !registered.contains(known.name()))
                .forEach(all::add);
        return List.copyOf(all);
    }
}
