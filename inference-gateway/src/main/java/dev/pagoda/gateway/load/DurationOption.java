package dev.pagoda.gateway.load;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A duration as people type it: `500ms`, `30s`, `5m`, `1h30m`, or plain seconds.
final class DurationOption implements ITypeConverter<Duration> {
    private static final Pattern PART = Pattern.compile("(\\d{1,9})(ms|s|m|h|)");

    @Override
    public Duration convert(String value) {
        Matcher part = PART.matcher(value.strip().toLowerCase(Locale.ROOT));
        Duration sum = Duration.ZERO;
        int end = 0;
        while (part.find() && part.start() == end) {
            long count = Long.parseLong(part.group(1));
            sum = sum.plus(
                    switch (part.group(2)) {
                        case "ms" -> Duration.ofMillis(count);
                        case "m" -> Duration.ofMinutes(count);
                        case "h" -> Duration.ofHours(count);
                        default -> Duration.ofSeconds(count);
                    });
            end = part.end();
        }
        if (end == 0 || end != value.strip().length()) {
            throw new TypeConversionException("'" + value + "' is not a duration such as 30s, 500ms or 1m30s");
        }
        return sum;
    }
}
