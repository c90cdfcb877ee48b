package dev.pagoda.registry.api;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// A model with its versions.
///
/// @param name          what clients put into `model`: lower-case letters, digits, dots, dashes and underscores
/// @param huggingFaceId accepted as a name too; empty when there is none
/// @param publisher     the organisation that made it
/// @param tenant        the owner, who may change it
/// @param createdMicros when it was registered, microseconds since 1970
/// @param aliases       stages such as `production`, each to a version; in alphabetical order
/// @param versions      ascending, at least one
public record RegisteredModel(
        String name,
        String huggingFaceId,
        String publisher,
        String tenant,
        Task task,
        ModelAccess access,
        long createdMicros,
        Map<String, Integer> aliases,
        List<ModelVersion> versions) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,127}");
    private static final Pattern HUB_ID = Pattern.compile("([A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9._-]{1,96})?");
    private static final Pattern ALIAS = Pattern.compile("[a-z][a-z0-9_-]{0,63}");
    private static final int MAX_ALIASES = 32;
    private static final int MAX_VERSIONS = 1_000;

    public RegisteredModel {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "name '" + name + "' is not 1 to 128 lower-case letters, digits, dots, dashes or underscores");
        }
        if (!HUB_ID.matcher(huggingFaceId).matches()) {
            throw new IllegalArgumentException("hugging_face_id '" + huggingFaceId + "' is not of the form owner/name");
        }
        if (publisher.isBlank() || publisher.length() > 128) {
            throw new IllegalArgumentException(
                    "publisher has " + publisher.length() + " characters, 1 to 128 are needed");
        }
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(access, "access");
        versions = List.copyOf(versions);
        if (versions.isEmpty() || versions.size() > MAX_VERSIONS) {
            throw new IllegalArgumentException(
                    "model " + name + " has " + versions.size() + " versions, outside 1.." + MAX_VERSIONS);
        }
        aliases = Collections.unmodifiableMap(new TreeMap<>(aliases));
        if (aliases.size() > MAX_ALIASES) {
            throw new IllegalArgumentException(aliases.size() + " aliases are above " + MAX_ALIASES);
        }
        for (String alias : aliases.keySet()) {
            if (!ALIAS.matcher(alias).matches()) {
                throw new IllegalArgumentException("alias '" + alias
                        + "' is not a lower-case letter and up to 63 letters, digits, dashes or underscores");
            }
        }
    }

    public Optional<ModelVersion> version(int number) {
        return versions.stream().filter(version -> version.version() == number).findFirst();
    }

    /// The version behind an alias.
    public Optional<ModelVersion> aliased(String alias) {
        return Optional.ofNullable(aliases.get(alias)).flatMap(this::version);
    }

    public ModelVersion newest() {
        return versions.getLast();
    }
}
