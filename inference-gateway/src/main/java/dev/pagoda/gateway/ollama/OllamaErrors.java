package dev.pagoda.gateway.ollama;

import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.BadParameter.Fault;
import dev.pagoda.gateway.protocol.Json;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.http.ErrorForm;
import io.vertx.core.buffer.Buffer;

/// Ollama's error body: `{"error": "..."}`, in mid-stream a line of its own.
enum OllamaErrors implements ErrorForm {
    FORM;

    private static final int BUSY = 503;

    @Override
    public Buffer body(int status, Refusal refusal) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("error", refusal.message());
            json.writeEndObject();
        });
    }

    @Override
    public int status(Refusal refusal) {
        return refusal.code().equals("queue_full") ? BUSY : refusal.reason().status();
    }

    /// A refusal in Ollama's words, where it has words of its own.
    ///
    /// @param model as the client called it
    static Refusal worded(Refusal refusal, String model) {
        String message = switch (refusal.code()) {
            case "model_not_found" -> "model '" + BadParameter.echo(model) + "' not found";
            case "queue_full" -> "server busy, please try again.  maximum pending requests exceeded";
            default -> refusal.message();
        };
        return new Refusal(refusal.reason(), refusal.code(), message, refusal.retryAfterSeconds());
    }

    static Refusal refusal(BadParameter bad) {
        return Refusal.of(Reason.INVALID, "bad_parameter", sentence(bad));
    }

    /// Wrong types in the words of Go's JSON reader, which the original hands on.
    private static String sentence(BadParameter bad) {
        String parameter = bad.parameter();
        return switch (bad.fault()) {
            case Fault.Malformed(String where) -> "invalid JSON: " + where;
            case Fault.Missing() -> parameter + " is required";
            case Fault.WrongType(String expected, String got) ->
                "json: cannot unmarshal " + got.substring(got.indexOf(' ') + 1) + " into Go struct field " + parameter
                        + " of type " + goType(expected);
            case Fault.TooLow(Number least) -> parameter + " must be at least " + least;
            case Fault.TooHigh(Number most) -> parameter + " must be at most " + most;
            case Fault.TooManyItems(int most, int got) -> parameter + " has " + got + " entries, above " + most;
            case Fault.TooFewItems(), Fault.TooShort() -> parameter + " is empty";
            case Fault.TooLong(int most) -> parameter + " is longer than " + most;
            case Fault.NoneOf(var supported) ->
                "invalid " + parameter + ": must be one of " + String.join(", ", supported);
            case Fault.Unknown(), Fault.Told() -> bad.sentence();
        };
    }

    private static String goType(String expected) {
        return switch (expected) {
            case "a string" -> "string";
            case "an integer" -> "int";
            case "a decimal" -> "float32";
            case "a boolean" -> "bool";
            case "an object" -> "struct";
            case "an array", "an array of objects", "an array of strings" -> "slice";
            default -> expected;
        };
    }
}
