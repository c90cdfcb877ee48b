package dev.pagoda.gateway.ollama;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How long a model stays loaded after a request: seconds as a number, or a duration as Go writes it, such as `5m` or
/// `1h30m`; anything below 0 is forever. Models stay loaded as the platform's autoscaler has it, so that this is
/// checked and told, but moves no replica.
final class KeepAlive {
    private static final Pattern DURATION =
            Pattern.compile("[+-]?(?:0|(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:ns|us|µs|ms|s|m|h)"
                    + "(?:(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:ns|us|µs|ms|s|m|h))*)");
    private static final Pattern NUMBER = Pattern.compile("\\d*\\.?\\d+|\\d+");

    private KeepAlive() {}

    /// Whether the model is to be unloaded at once.
    ///
    /// @param value missing when nothing was said
    static boolean isUnload(JsonNode value) {
        if (value.isMissingNode()) {
            return false;
        }
        if (value.isNumber()) {
            return value.doubleValue() == 0;
        }
        if (!value.isTextual()) {
            throw OptionParameters.told("Unsupported type: '" + value.getNodeType() + "'");
        }
        String text = value.textValue();
        if (!DURATION.matcher(text).matches()) {
            throw OptionParameters.told(
                    "time: invalid duration \"" + text.substring(0, Math.min(32, text.length())) + "\"");
        }
        Matcher number = NUMBER.matcher(text);
        while (number.find()) {
            if (Double.parseDouble(number.group()) != 0) {
                return false;
            }
        }
        return true;
    }
}
