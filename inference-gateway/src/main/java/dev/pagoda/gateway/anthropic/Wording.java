package dev.pagoda.gateway.anthropic;

import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.BadParameter.Fault;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What is wrong with a parameter, in the forms that Anthropic's API answers with: a path of names and numbers joined
/// by dots, and what was expected there.
final class Wording {
    private static final Pattern INDEX = Pattern.compile("\\[(\\d+)]");

    private Wording() {}

    static String of(BadParameter bad) {
        String parameter = bad.parameter();
        String fault = fault(bad.fault());
        if (fault.isEmpty() || parameter == null) {
            return fault.isEmpty() ? bad.sentence() : fault;
        }
        return path(parameter) + ": " + fault;
    }

    /// `messages[0].content` as `messages.0.content`.
    static String path(String parameter) {
        return INDEX.matcher(parameter).replaceAll(".$1");
    }

    private static String fault(Fault fault) {
        return switch (fault) {
            case Fault.Malformed(String where) -> "The request body is not valid JSON: " + where;
            case Fault.Missing() -> "Field required";
            case Fault.WrongType(String expected, String got) -> "Input should be " + valid(expected);
            case Fault.TooLow(Number least) -> "Input should be greater than or equal to " + least;
            case Fault.TooHigh(Number most) -> "Input should be less than or equal to " + most;
            case Fault.TooFewItems() -> "List should have at least 1 item after validation, not 0";
            case Fault.TooManyItems(int most, int got) ->
                "List should have at most " + most + " items after validation, not " + got;
            case Fault.TooShort() -> "String should have at least 1 character";
            case Fault.TooLong(int most) -> "String should have at most " + most + " characters";
            case Fault.NoneOf(List<String> supported) -> "Input should be " + oneOf(supported);
            case Fault.Unknown() -> "Extra inputs are not permitted";
            case Fault.Told() -> "";
        };
    }

    private static String valid(String expected) {
        return switch (expected) {
            case "a string" -> "a valid string";
            case "an integer" -> "a valid integer";
            case "a decimal" -> "a valid number";
            case "a boolean" -> "a valid boolean";
            case "an object" -> "a valid dictionary";
            case "an array", "an array of objects", "an array of strings" -> "a valid list";
            default -> expected;
        };
    }

    private static String oneOf(List<String> values) {
        List<String> quoted = values.stream().map(value -> "'" + value + "'").toList();
        int last = quoted.size() - 1;
        return last == 0
                ? quoted.getFirst()
                : quoted.subList(0, last).stream().collect(Collectors.joining(", ")) + " or " + quoted.get(last);
    }
}
