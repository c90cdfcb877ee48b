package dev.pagoda.registry.api;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One version of a model; all but its tags and its serving never change.
///
/// @param model         the model's name, what clients put into `model`
/// @param version       1 for the first
/// @param huggingFaceId id of the weights on the Hugging Face Hub, empty when they are not there
/// @param publisher     the organisation that made it
/// @param source        where the architecture's figures come from
/// @param tags          in alphabetical order of their keys
/// @param createdMicros when it was registered, microseconds since 1970
/// @param serving       how it is to be served, absent when it is not
public record ModelVersion(
        String model,
        int version,
        String huggingFaceId,
        String publisher,
        Task task,
        ModelArchitecture architecture,
        String source,
        Map<String, String> tags,
        long createdMicros,
        @Nullable ServingSpec serving) {
    static final int MAX_TAGS = 64;
    static final int MAX_KEY_CHARS = 100;
    static final int MAX_TEXT_CHARS = 4_000;

    public ModelVersion {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(huggingFaceId, "huggingFaceId");
        Objects.requireNonNull(publisher, "publisher");
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(architecture, "architecture");
        if (version < 1) {
            throw new IllegalArgumentException("version " + version + " is below 1");
        }
        if (source.length() > MAX_TEXT_CHARS) {
            throw new IllegalArgumentException(
                    "source has " + source.length() + " characters, above " + MAX_TEXT_CHARS);
        }
        tags = Collections.unmodifiableMap(new TreeMap<>(tags));
        if (tags.size() > MAX_TAGS) {
            throw new IllegalArgumentException(tags.size() + " tags are above " + MAX_TAGS);
        }
        tags.forEach((key, value) -> {
            if (key.isBlank() || key.length() > MAX_KEY_CHARS || value.length() > MAX_TEXT_CHARS) {
                throw new IllegalArgumentException("tag '" + key + "' has a key of " + key.length()
                        + " and a value of " + value.length() + " characters; 1 to " + MAX_KEY_CHARS + " and up to "
                        + MAX_TEXT_CHARS + " are allowed");
            }
        });
    }

    /// `name:version`, distinct over all versions of all models.
    public String reference() {
        return model + ":" + version;
    }

    /// Whether it is to be served.
    public boolean isServed() {
        return serving != null;
    }

    public ModelVersion withTags(Map<String, String> next) {
        return new ModelVersion(
                model, version, huggingFaceId, publisher, task, architecture, source, next, createdMicros, serving);
    }

    public ModelVersion withServing(@Nullable ServingSpec next) {
        return new ModelVersion(
                model, version, huggingFaceId, publisher, task, architecture, source, tags, createdMicros, next);
    }
}
