package dev.pagoda.gateway.backend;

import org.jspecify.annotations.Nullable;

/// The files of a model that the settings name cannot be served; its message is for whoever wrote the settings.
@SuppressWarnings("serial") // never serialised: exceptions stay in the process
public final class UnusableModel extends RuntimeException {
    UnusableModel(String model, String why, @Nullable Throwable cause) {
        super("gateway.rerankers: " + model + ": " + why, cause);
    }
}
