package dev.pagoda.compute;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import dev.pagoda.compute.queue.SchedulerEvent;

/// What the journal keeps, as JSON: events by the name of their kind, and snapshots. Safe from any thread.
final class SchedulerJson {
    private static final JsonMapper MAPPER = mapper();

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
    private interface Named {}

    /// Only components of records count, not their methods.
    @JsonAutoDetect(
            getterVisibility = Visibility.NONE,
            isGetterVisibility = Visibility.NONE,
            fieldVisibility = Visibility.ANY)
    private interface Components {}

    private SchedulerJson() {}

    private static JsonMapper mapper() {
        JsonMapper.Builder builder = JsonMapper.builder()
                .addMixIn(Record.class, Components.class)
                .addMixIn(SchedulerEvent.class, Named.class);
        for (Class<?> kind : SchedulerEvent.class.getPermittedSubclasses()) {
            builder.registerSubtypes(new NamedType(kind, kind.getSimpleName()));
        }
        return builder.build();
    }

    static String write(Object value) {
        try {
            return value instanceof SchedulerEvent
                    ? MAPPER.writerFor(SchedulerEvent.class).writeValueAsString(value)
                    : MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException unwritable) {
            throw new IllegalStateException(value.getClass() + " has no JSON form", unwritable);
        }
    }

    /// @throws IllegalArgumentException if the text is no such value
    static <T> T read(String text, Class<T> type) {
        try {
            return MAPPER.readValue(text, type);
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException("the journal of compute is broken: " + broken.getMessage(), broken);
        }
    }
}
