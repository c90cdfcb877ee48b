package dev.pagoda.deploy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import java.io.IOException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Durations as people write them: `250ms`, `30s`, `5m`, `2h`, `1d`.
final class DurationText extends StdDeserializer<Duration> {
    static final String FORM = "a duration such as 250ms, 30s, 5m, 2h or 1d";

    private static final long serialVersionUID = 1L;
    private static final Pattern PATTERN = Pattern.compile("(\\d{1,9}) ?(ms|s|m|h|d)");

    DurationText() {
        super(Duration.class);
    }

    @Override
    public Duration deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        Matcher matcher = PATTERN.matcher(parser.getText().strip());
        if (!matcher.matches()) {
            return (Duration) context.handleWeirdStringValue(Duration.class, parser.getText(), "not %s", FORM);
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }
}
