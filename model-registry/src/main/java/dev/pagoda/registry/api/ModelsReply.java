package dev.pagoda.registry.api;

import java.util.List;

/// Models by name.
public record ModelsReply(List<RegisteredModel> models) {
    public ModelsReply {
        models = List.copyOf(models);
    }
}
