package dev.pagoda.registry.model;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.registry.api.Backend;
import dev.pagoda.registry.api.ModelAccess;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.RegisterModel;
import dev.pagoda.registry.api.RegisterVersion;
import dev.pagoda.registry.api.RegisteredModel;
import dev.pagoda.registry.api.ServingSpec;
import dev.pagoda.registry.api.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What may happen to a model, each as a function from the model before to the model after.
public final class ModelChanges {
    private ModelChanges() {}

    /// @throws Refused `FORBIDDEN` unless the principal is a member of the owning tenant or an administrator
    public static void authorise(Principal principal, RegisteredModel model) {
        if (!Catalogue.mayChange(principal, model)) {
            throw new Refused(
                    Reason.FORBIDDEN,
                    "not_the_owner",
                    "model " + model.name()
                            + " belongs to another tenant; its members and administrators may change it");
        }
    }

    /// A new model with its first version.
    public static RegisteredModel register(RegisterModel request, String tenant, long nowMicros) {
        var first = new ModelVersion(
                request.name(),
                1,
                request.huggingFaceId(),
                request.publisher(),
                request.task(),
                request.architecture(),
                request.source(),
                request.tags(),
                nowMicros,
                null);
        return new RegisteredModel(
                request.name(),
                request.huggingFaceId(),
                request.publisher(),
                tenant,
                request.task(),
                request.access(),
                nowMicros,
                Map.of(),
                List.of(first));
    }

    public static RegisteredModel addVersion(RegisteredModel model, RegisterVersion request, long nowMicros) {
        List<ModelVersion> versions = new ArrayList<>(model.versions());
        versions.add(new ModelVersion(
                model.name(),
                model.newest().version() + 1,
                model.huggingFaceId(),
                model.publisher(),
                model.task(),
                request.architecture(),
                request.source(),
                request.tags(),
                nowMicros,
                null));
        return with(model, model.access(), model.aliases(), versions);
    }

    public static RegisteredModel setAlias(RegisteredModel model, String alias, int version) {
        if (model.version(version).isEmpty()) {
            throw new Refused(
                    Reason.NOT_FOUND,
                    "model_not_found",
                    "model " + model.name() + " has no version " + version + "; its newest is "
                            + model.newest().version());
        }
        Map<String, Integer> aliases = new TreeMap<>(model.aliases());
        aliases.put(alias, version);
        return with(model, model.access(), aliases, model.versions());
    }

    public static RegisteredModel setAccess(RegisteredModel model, ModelAccess access) {
        return with(model, access, model.aliases(), model.versions());
    }

    public static RegisteredModel setTags(RegisteredModel model, int version, Map<String, String> tags) {
        return replace(model, current(model, version).withTags(tags));
    }

    /// Marks a version for serving, or for serving differently.
    ///
    /// @throws Refused `INVALID` if the backend cannot run this model or the heads do not divide over the
    ///     devices
    public static RegisteredModel serve(RegisteredModel model, int version, ServingSpec spec) {
        ModelVersion before = current(model, version);
        Backend needed = switch (before.task()) {
            case CHAT -> Backend.SIMULATED;
            case EMBEDDING -> Backend.ONNX;
        };
        if (spec.backend() != needed) {
            throw new Refused(
                    Reason.INVALID,
                    "wrong_backend",
                    "backend " + spec.backend() + " does not run models for " + before.task() + "; " + needed
                            + " does");
        }
        int heads = before.architecture().heads();
        int devices = spec.devicesPerReplica();
        if (devices > 0 && heads % devices != 0) {
            throw new Refused(
                    Reason.INVALID,
                    "indivisible_heads",
                    "the " + heads + " heads of " + model.name() + " do not divide over " + devices + " devices");
        }
        return replace(model, before.withServing(spec));
    }

    public static RegisteredModel unserve(RegisteredModel model, int version) {
        return replace(model, current(model, version).withServing(null));
    }

    /// Versions whose serving differs, as they are after the change.
    public static List<ModelVersion> servingChanges(@Nullable RegisteredModel before, RegisteredModel after) {
        return after.versions().stream()
                .filter(version -> {
                    ServingSpec old = before == null
                            ? null
                            : before.version(version.version())
                                    .map(ModelVersion::serving)
                                    .orElse(null);
                    ServingSpec now = version.serving();
                    return now == null ? old != null : !now.equals(old);
                })
                .toList();
    }

    /// How a version is served when nothing else is said: one replica on one device of any kind.
    public static ServingSpec plainServing(Task task) {
        return switch (task) {
            case CHAT -> new ServingSpec(Backend.SIMULATED, 1, 1, 1, List.of(), 16);
            case EMBEDDING -> new ServingSpec(Backend.ONNX, 1, 1, 0, List.of(), 16);
        };
    }

    private static ModelVersion current(RegisteredModel model, int version) {
        return model.version(version)
                .orElseThrow(() -> new IllegalStateException(
                        "version " + version + " of " + model.name() + " vanished: versions are never removed"));
    }

    private static RegisteredModel replace(RegisteredModel model, ModelVersion changed) {
        List<ModelVersion> versions = model.versions().stream()
                .map(version -> version.version() == changed.version() ? changed : version)
                .toList();
        return with(model, model.access(), model.aliases(), versions);
    }

    private static RegisteredModel with(
            RegisteredModel model, ModelAccess access, Map<String, Integer> aliases, List<ModelVersion> versions) {
        return new RegisteredModel(
                model.name(),
                model.huggingFaceId(),
                model.publisher(),
                model.tenant(),
                model.task(),
                access,
                model.createdMicros(),
                aliases,
                versions);
    }
}
