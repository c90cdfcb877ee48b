package dev.pagoda.governance.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.stream.Collectors;

/// Records as the JSON of `/platform/*`: snake_case both ways, and no field that the record does not know.
///
/// Safe from any thread.
public final class PlatformJson {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private PlatformJson() {}

    /// The request's body as a record.
    ///
    /// @throws Refused `INVALID` with the place and the reason when it is no JSON or not of that shape
    public static <T extends Record> T read(RoutingContext ctx, Class<T> type) {
        Buffer body = ctx.body().buffer();
        if (body == null || body.length() == 0) {
            throw new Refused(Reason.INVALID, "missing_body", "the request has no body; a JSON object was expected");
        }
        try {
            T value = MAPPER.readValue(body.getBytes(), type);
            if (value == null) {
                throw new Refused(Reason.INVALID, "invalid_body", "the body is null; a JSON object was expected");
            }
            return value;
        } catch (UnrecognizedPropertyException unknown) {
            throw invalid(
                    "unknown field '" + unknown.getPropertyName() + "'; known are " + unknown.getKnownPropertyIds());
        } catch (JsonMappingException mapping) {
            String field = mapping.getPath().stream()
                    .map(step -> step.getFieldName() == null ? "[" + step.getIndex() + "]" : step.getFieldName())
                    .collect(Collectors.joining("."));
            Throwable cause = mapping.getCause();
            throw invalid((field.isEmpty() ? "the body" : "field '" + field + "'") + " is not valid: "
                    + (cause instanceof IllegalArgumentException || cause instanceof NullPointerException
                            ? cause.getMessage()
                            : mapping.getOriginalMessage()));
        } catch (JsonProcessingException malformed) {
            throw invalid("the body is not well-formed JSON at line "
                    + malformed.getLocation().getLineNr() + ", column "
                    + malformed.getLocation().getColumnNr());
        } catch (java.io.IOException impossible) {
            throw new IllegalStateException("a buffer in memory could not be read", impossible);
        }
    }

    /// Ends the response with a record as its body.
    public static void end(RoutingContext ctx, int status, Record value) {
        byte[] body;
        try {
            body = MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(value.getClass() + " has no JSON form", e);
        }
        ctx.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(Buffer.buffer(body));
    }

    private static Refused invalid(String message) {
        return new Refused(Reason.INVALID, "invalid_body", message);
    }
}
