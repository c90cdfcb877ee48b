package dev.pagoda.workflow.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import dev.pagoda.workflow.rag.KnowledgeRefusals;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// JSON in and out: snake_case, strict about what it reads.
final class Json {
    static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .withCoercionConfig(
                    LogicalType.Textual,
                    text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .build();

    private Json() {}

    /// The request's body as a record.
    ///
    /// @throws dev.pagoda.governance.bus.Refused that says what does not fit, and where
    static <T extends Record> T body(RoutingContext ctx, Class<T> type) {
        return read(ctx.body().buffer(), type);
    }

    /// A body as a record; a large one takes longer than an event loop should.
    static <T extends Record> T read(@Nullable Buffer body, Class<T> type) {
        if (body == null || body.length() == 0) {
            throw KnowledgeRefusals.invalid("the request has no body; a JSON object is needed");
        }
        try {
            var read = MAPPER.readValue(body.getBytes(), type);
            if (read == null) {
                throw KnowledgeRefusals.invalid("the body is null; a JSON object is needed");
            }
            return read;
        } catch (UnrecognizedPropertyException unknown) {
            throw KnowledgeRefusals.invalid("the body has the unknown field \"" + unknown.getPropertyName()
                    + "\"; it takes " + unknown.getKnownPropertyIds());
        } catch (JsonMappingException unfit) {
            throw KnowledgeRefusals.invalid("the body's field \"" + path(unfit) + "\" has a value of the wrong type");
        } catch (JsonProcessingException malformed) {
            var at = malformed.getLocation();
            throw KnowledgeRefusals.invalid("the body is not well-formed JSON"
                    + (at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr()));
        } catch (IOException impossible) {
            throw new UncheckedIOException("bytes in memory cannot fail to be read", impossible);
        }
    }

    private static String path(JsonMappingException unfit) {
        return unfit.getPath().stream()
                .map(step -> step.getFieldName() == null ? Integer.toString(step.getIndex()) : step.getFieldName())
                .collect(Collectors.joining("."));
    }

    static Buffer write(Object value) {
        try {
            return Buffer.buffer(MAPPER.writeValueAsBytes(value));
        } catch (JsonProcessingException unwritable) {
            throw new IllegalStateException("a " + value.getClass().getSimpleName() + " cannot be JSON", unwritable);
        }
    }

    static void answer(RoutingContext ctx, int status, Object value) {
        ctx.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .end(write(value))
                .onFailure(_ -> ctx.request().connection().close());
    }

    /// A time as ISO 8601 in UTC.
    static String time(long epochMicros) {
        return Instant.EPOCH.plus(epochMicros, ChronoUnit.MICROS).toString();
    }

    /// A whole number from the query string.
    static int number(RoutingContext ctx, String name, int absent, int least, int most) {
        var written = ctx.request().getParam(name);
        if (written == null) {
            return absent;
        }
        try {
            int number = Integer.parseInt(written);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            throw KnowledgeRefusals.invalid(name + " \"" + written + "\" is not a whole number");
        }
        throw KnowledgeRefusals.invalid(name + " " + written + " is not within " + least + " to " + most);
    }
}
