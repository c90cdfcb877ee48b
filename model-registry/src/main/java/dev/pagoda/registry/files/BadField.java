package dev.pagoda.registry.files;

import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/// A field of a request that is wrong, as OpenAI tells it. Has no stack trace: it is an answer.
@SuppressWarnings("serial") // never serialised: exceptions stay in the process
final class BadField extends RuntimeException {
    private final String field;
    private final String code;
    private final String sentence;

    BadField(String sentence, String field, String code) {
        super(sentence, null, false, false);
        this.sentence = sentence;
        this.field = field;
        this.code = code;
    }

    static BadField missing(String field) {
        return new BadField("Missing required parameter: '" + field + "'.", field, "missing_required_parameter");
    }

    static BadField type(String field, String expected) {
        return new BadField("Invalid type for '" + field + "': expected " + expected + ".", field, "invalid_type");
    }

    static BadField value(String field, String got, String supported) {
        return new BadField(
                "Invalid value for '" + field + "': '" + TenantFiles.shown(got) + "'. Supported values are: "
                        + supported + ".",
                field,
                "invalid_value");
    }

    static BadField below(String field, long least, long got) {
        return new BadField(
                "Invalid '" + field + "': integer below minimum value. Expected a value >= " + least + ", but got "
                        + got + " instead.",
                field,
                "integer_below_min_value");
    }

    static BadField above(String field, long most, long got) {
        return new BadField(
                "Invalid '" + field + "': integer above maximum value. Expected a value <= " + most + ", but got " + got
                        + " instead.",
                field,
                "integer_above_max_value");
    }

    /// Answers a failed request.
    static void refuse(RoutingContext ctx, Throwable failure) {
        if (!(failure instanceof BadField bad)) {
            ctx.fail(failure);
            return;
        }
        var error = new JsonObject()
                .put("message", bad.sentence)
                .put("type", "invalid_request_error")
                .put("param", bad.field)
                .put("code", bad.code);
        HttpFloor.refuse(
                ctx,
                (status, refusal) -> new JsonObject().put("error", error).toBuffer(),
                Refusal.of(Reason.INVALID, bad.code, bad.sentence));
    }
}
