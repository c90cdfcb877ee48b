package dev.pagoda.gateway.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A request that a protocol answers with 400. Has no stack trace: it is an answer.
///
/// Its sentence and code are OpenAI's: codes and forms of sentences as api.openai.com sent them in 2025; clients match
/// on `code` and `param`. Other protocols put its [#fault()] into words of their own.
@SuppressWarnings("serial") // never serialised: exceptions stay in the process
public final class BadParameter extends RuntimeException {
    private static final int MAX_ECHO = 64;

    private final String sentence;
    private final @Nullable String parameter;
    private final @Nullable String errorCode;
    private final Fault fault;

    /// What is wrong with a parameter.
    public sealed interface Fault {
        record Malformed(String where) implements Fault {}

        record Missing() implements Fault {}

        record WrongType(String expected, String got) implements Fault {}

        record TooLow(Number least) implements Fault {}

        record TooHigh(Number most) implements Fault {}

        record TooFewItems() implements Fault {}

        record TooManyItems(int most, int got) implements Fault {}

        record TooShort() implements Fault {}

        record TooLong(int most) implements Fault {}

        record NoneOf(List<String> supported) implements Fault {}

        record Unknown() implements Fault {}

        /// Only its sentence says it.
        record Told() implements Fault {}
    }

    public BadParameter(String sentence, @Nullable String parameter, @Nullable String errorCode) {
        this(new Fault.Told(), sentence, parameter, errorCode);
    }

    private BadParameter(Fault fault, String sentence, @Nullable String parameter, @Nullable String errorCode) {
        super(sentence, null, false, false);
        this.fault = fault;
        this.sentence = sentence;
        this.parameter = parameter;
        this.errorCode = errorCode;
    }

    public Fault fault() {
        return fault;
    }

    public String sentence() {
        return sentence;
    }

    /// The parameter at fault, such as `messages[0].content`.
    public @Nullable String parameter() {
        return parameter;
    }

    /// OpenAI's code of the fault.
    public @Nullable String errorCode() {
        return errorCode;
    }

    public static BadParameter malformed(String where) {
        return new BadParameter(
                new Fault.Malformed(where), "The body of the request is not valid JSON: " + where + ".", null, null);
    }

    public static BadParameter missing(String path) {
        return new BadParameter(
                new Fault.Missing(), "Missing required parameter: '" + path + "'.", path, "missing_required_parameter");
    }

    public static BadParameter type(String path, String expected, JsonNode got) {
        return new BadParameter(
                new Fault.WrongType(expected, kind(got)),
                "Invalid type for '" + path + "': expected " + expected + ", but got " + kind(got) + " instead.",
                path,
                "invalid_type");
    }

    public static BadParameter below(String path, String kind, Number least, String got) {
        return new BadParameter(
                new Fault.TooLow(least),
                "Invalid '" + path + "': " + kind + " below minimum value. Expected a value >= " + least + ", but got "
                        + got + " instead.",
                path,
                kind + "_below_min_value");
    }

    public static BadParameter above(String path, String kind, Number most, String got) {
        return new BadParameter(
                new Fault.TooHigh(most),
                "Invalid '" + path + "': " + kind + " above maximum value. Expected a value <= " + most + ", but got "
                        + got + " instead.",
                path,
                kind + "_above_max_value");
    }

    public static BadParameter emptyArray(String path) {
        return new BadParameter(
                new Fault.TooFewItems(),
                "Invalid '" + path + "': empty array. Expected an array with minimum length 1, but got an empty array"
                        + " instead.",
                path,
                "empty_array");
    }

    public static BadParameter longArray(String path, int most, int got) {
        return new BadParameter(
                new Fault.TooManyItems(most, got),
                "Invalid '" + path + "': array too long. Expected an array with maximum length " + most
                        + ", but got an array with length " + got + " instead.",
                path,
                "array_above_max_length");
    }

    public static BadParameter manyProperties(String path, int most, int got) {
        return new BadParameter(
                new Fault.TooManyItems(most, got),
                "Invalid '" + path + "': too many properties. Expected an object with at most " + most
                        + " properties, but got an object with " + got + " properties instead.",
                path,
                "object_above_max_properties");
    }

    public static BadParameter emptyString(String path) {
        return new BadParameter(
                new Fault.TooShort(),
                "Invalid '" + path + "': empty string. Expected a string with minimum length 1, but got an empty string"
                        + " instead.",
                path,
                "empty_string");
    }

    public static BadParameter longString(String path, int most, int got) {
        return new BadParameter(
                new Fault.TooLong(most),
                "Invalid '" + path + "': string too long. Expected a string with maximum length " + most
                        + ", but got a string with length " + got + " instead.",
                path,
                "string_above_max_length");
    }

    public static BadParameter value(String path, String got, Collection<String> supported) {
        return new BadParameter(
                new Fault.NoneOf(List.copyOf(supported)),
                "Invalid value: '" + echo(got) + "'. Supported values are: "
                        + supported.stream().map(value -> "'" + value + "'").collect(Collectors.joining(", ")) + ".",
                path,
                "invalid_value");
    }

    public static BadParameter unsupported(String path, String what) {
        return new BadParameter(
                "Unsupported value: '" + path + "' " + what + " is not supported by this server.",
                path,
                "unsupported_value");
    }

    public static BadParameter unknown(String name) {
        return new BadParameter(
                new Fault.Unknown(),
                "Unrecognized request argument supplied: " + echo(name),
                echo(name),
                "unknown_parameter");
    }

    public static BadParameter combination(String sentence, String path) {
        return new BadParameter(sentence, path, "invalid_parameter_combination");
    }

    /// A value of the client's, short enough to be sent back.
    public static String echo(String value) {
        return value.length() <= MAX_ECHO ? value : value.substring(0, MAX_ECHO) + "...";
    }

    private static String kind(JsonNode got) {
        return switch (got.getNodeType()) {
            case STRING -> "a string";
            case NUMBER -> got.isIntegralNumber() ? "an integer" : "a decimal number";
            case BOOLEAN -> "a boolean";
            case ARRAY -> "an array";
            case OBJECT, POJO -> "an object";
            case NULL, MISSING -> "null";
            case BINARY -> "binary data";
        };
    }
}
