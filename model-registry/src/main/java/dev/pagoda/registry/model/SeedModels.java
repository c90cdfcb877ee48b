package dev.pagoda.registry.model;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.registry.api.ModelAccess;
import dev.pagoda.registry.api.ModelArchitecture;
import dev.pagoda.registry.api.RegisterModel;
import dev.pagoda.registry.api.RegisteredModel;
import dev.pagoda.registry.api.ServingSpec;
import dev.pagoda.registry.api.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// The models that Pagoda brings along: public, owned by the platform, with the alias `production` on version
/// 1.
public final class SeedModels {
    private static final String RESOURCE = "seed-models.json";

    private SeedModels() {}

    /// @param nowMicros when they count as registered
    public static List<RegisteredModel> all(long nowMicros) {
        var mapper = JsonMapper.builder()
                .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                .build();
        try (var stream = SeedModels.class.getResourceAsStream(RESOURCE)) {
            if (stream == null) {
                throw new IllegalStateException("the resource " + RESOURCE + " is missing from the registry module");
            }
            return mapper.readValue(stream, Seeds.class).models().stream()
                    .map(seed -> seed.model(nowMicros))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Lays down, in the caller's transaction, the ones that were never laid down in this store; a model of the
    /// same name that somebody registered stays as it is.
    ///
    /// @return how many were laid down
    public static int plant(Handle handle, List<RegisteredModel> seeds, long nowMicros) {
        int planted = 0;
        for (RegisteredModel seed : seeds) {
            if (ModelTables.wasSeeded(handle, seed.name())) {
                continue;
            }
            if (ModelTables.find(handle, seed.name()).isEmpty()) {
                ModelTables.insert(handle, seed);
                planted++;
            }
            ModelTables.markSeeded(handle, seed.name(), nowMicros);
        }
        return planted;
    }

    private record Seeds(List<Seed> models) {}

    private record Seed(
            String name,
            String huggingFaceId,
            String publisher,
            Task task,
            ModelArchitecture architecture,
            String source,
            Map<String, String> tags,
            @Nullable ServingSpec serving) {
        RegisteredModel model(long nowMicros) {
            var request = new RegisterModel(
                    name, huggingFaceId, publisher, task, ModelAccess.EVERYONE, architecture, source, tags);
            RegisteredModel plain = ModelChanges.setAlias(
                    ModelChanges.register(request, Principal.PLATFORM_TENANT, nowMicros), "production", 1);
            return serving == null ? plain : ModelChanges.serve(plain, 1, serving);
        }
    }
}
