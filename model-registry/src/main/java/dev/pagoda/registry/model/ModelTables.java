package dev.pagoda.registry.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.pagoda.registry.api.ModelAccess;
import dev.pagoda.registry.api.ModelArchitecture;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.RegisteredModel;
import dev.pagoda.registry.api.ServingSpec;
import dev.pagoda.registry.api.Task;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// The tables of the registry. Used inside the transactions of the store.
public final class ModelTables {
    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();
    private static final TypeReference<Map<String, String>> TAGS = new TypeReference<>() {};

    private ModelTables() {}

    /// Every model, by name.
    public static List<RegisteredModel> all(Handle handle) {
        return models(handle, "");
    }

    public static Optional<RegisteredModel> find(Handle handle, String name) {
        return models(handle, name).stream().findFirst();
    }

    public static int count(Handle handle) {
        return handle.createQuery("SELECT COUNT(*) FROM registry_model")
                .mapTo(Integer.class)
                .one();
    }

    public static void insert(Handle handle, RegisteredModel model) {
        handle.execute(
                "INSERT INTO registry_model"
                        + " (name, hugging_face_id, publisher, tenant, task, access, created_micros)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                model.name(),
                model.huggingFaceId(),
                model.publisher(),
                model.tenant(),
                model.task().name(),
                json(model.access()),
                model.createdMicros());
        model.versions().forEach(version -> insert(handle, version));
        model.aliases().forEach((alias, version) -> put(handle, model.name(), alias, version));
    }

    /// Writes what differs: access, aliases, new versions, and the tags and serving of those that were there.
    public static void update(Handle handle, RegisteredModel before, RegisteredModel after) {
        if (!before.access().equals(after.access())) {
            handle.execute("UPDATE registry_model SET access = ? WHERE name = ?", json(after.access()), after.name());
        }
        for (ModelVersion version : after.versions()) {
            Optional<ModelVersion> old = before.version(version.version());
            if (old.isEmpty()) {
                insert(handle, version);
            } else if (!old.get().equals(version)) {
                handle.execute(
                        "UPDATE registry_version SET tags = ?, serving = ? WHERE model = ? AND version = ?",
                        json(version.tags()),
                        jsonOrNull(version.serving()),
                        version.model(),
                        version.version());
            }
        }
        after.aliases().forEach((alias, version) -> {
            if (!version.equals(before.aliases().get(alias))) {
                put(handle, after.name(), alias, version);
            }
        });
    }

    /// Whether a model that Pagoda brings along was laid down before, whatever became of it.
    public static boolean wasSeeded(Handle handle, String name) {
        return handle.createQuery("SELECT COUNT(*) FROM registry_seed WHERE name = ?")
                        .bind(0, name)
                        .mapTo(Integer.class)
                        .one()
                > 0;
    }

    public static void markSeeded(Handle handle, String name, long nowMicros) {
        handle.execute("INSERT INTO registry_seed (name, seeded_micros) VALUES (?, ?)", name, nowMicros);
    }

    private static void insert(Handle handle, ModelVersion version) {
        handle.execute(
                "INSERT INTO registry_version"
                        + " (model, version, architecture, source, tags, serving, created_micros)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                version.model(),
                version.version(),
                json(version.architecture()),
                version.source(),
                json(version.tags()),
                jsonOrNull(version.serving()),
                version.createdMicros());
    }

    private static void put(Handle handle, String model, String alias, int version) {
        handle.execute(
                "INSERT INTO registry_alias (model, alias, version) VALUES (?, ?, ?)"
                        + " ON CONFLICT (model, alias) DO UPDATE SET version = excluded.version",
                model,
                alias,
                version);
    }

    /// @param only a name, or empty for all models
    private static List<RegisteredModel> models(Handle handle, String only) {
        Map<String, List<VersionRow>> versions = new LinkedHashMap<>();
        handle.createQuery("SELECT model, version, architecture, source, tags, serving, created_micros"
                        + " FROM registry_version WHERE ? = '' OR model = ? ORDER BY model, version")
                .bind(0, only)
                .bind(1, only)
                .map((rows, context) -> VersionRow.of(rows))
                .forEach(row -> versions.computeIfAbsent(row.model, name -> new ArrayList<>())
                        .add(row));
        Map<String, Map<String, Integer>> aliases = new LinkedHashMap<>();
        handle.createQuery("SELECT model, alias, version FROM registry_alias WHERE ? = '' OR model = ?")
                .bind(0, only)
                .bind(1, only)
                .map((rows, context) -> new AliasRow(rows.getString(1), rows.getString(2), rows.getInt(3)))
                .forEach(row -> aliases.computeIfAbsent(row.model, name -> new TreeMap<>())
                        .put(row.alias, row.version));
        return handle.createQuery("SELECT name, hugging_face_id, publisher, tenant, task, access, created_micros"
                        + " FROM registry_model WHERE ? = '' OR name = ? ORDER BY name")
                .bind(0, only)
                .bind(1, only)
                .map((rows, context) -> model(
                        rows,
                        aliases.getOrDefault(rows.getString(1), Map.of()),
                        versions.getOrDefault(rows.getString(1), List.of())))
                .list();
    }

    private static RegisteredModel model(ResultSet rows, Map<String, Integer> aliases, List<VersionRow> versions)
            throws SQLException {
        String name = rows.getString(1);
        String huggingFaceId = rows.getString(2);
        String publisher = rows.getString(3);
        Task task = Task.valueOf(rows.getString(5));
        return new RegisteredModel(
                name,
                huggingFaceId,
                publisher,
                rows.getString(4),
                task,
                read(rows.getString(6), ModelAccess.class),
                rows.getLong(7),
                aliases,
                versions.stream()
                        .map(row -> new ModelVersion(
                                name,
                                row.version,
                                huggingFaceId,
                                publisher,
                                task,
                                row.architecture,
                                row.source,
                                row.tags,
                                row.createdMicros,
                                row.serving))
                        .toList());
    }

    private static @Nullable String jsonOrNull(@Nullable Object value) {
        return value == null ? null : json(value);
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(value.getClass() + " has no JSON form", e);
        }
    }

    private static <T> T read(String json, Class<T> type) {
        try {
            return JSON.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the registry's table holds a broken " + type.getSimpleName(), e);
        }
    }

    private static Map<String, String> tags(String json) {
        try {
            return JSON.readValue(json, TAGS);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the registry's table holds broken tags", e);
        }
    }

    private record AliasRow(String model, String alias, int version) {}

    private record VersionRow(
            String model,
            int version,
            ModelArchitecture architecture,
            String source,
            Map<String, String> tags,
            @Nullable ServingSpec serving,
            long createdMicros) {
        static VersionRow of(ResultSet rows) throws SQLException {
            String serving = rows.getString(6);
            return new VersionRow(
                    rows.getString(1),
                    rows.getInt(2),
                    read(rows.getString(3), ModelArchitecture.class),
                    rows.getString(4),
                    ModelTables.tags(rows.getString(5)),
                    serving == null ? null : read(serving, ServingSpec.class),
                    rows.getLong(7));
        }
    }
}
