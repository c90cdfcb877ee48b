package dev.pagoda.compute.queue;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/// Figures as people read them.
final class Words {
    private static final long DAY_MICROS = 86_400_000_000L;

    /// Apart, because making them takes longer than most decisions, which name no time.
    private static final class Times {
        private static final DateTimeFormatter CLOCK =
                DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
        private static final DateTimeFormatter DATE =
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
    }

    private Words() {}

    static String count(long count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    static String tasks(long count) {
        return count(count, "task");
    }

    /// Thousandths without needless zeros.
    static String milli(long milli) {
        return milli % 1_000 == 0 ? Long.toString(milli / 1_000) : Double.toString(milli / 1_000.0);
    }

    /// A time of the day, with the date when it is not within the next 24 hours.
    static String at(long micros, long nowMicros) {
        Instant instant = Instant.ofEpochSecond(micros / 1_000_000, micros % 1_000_000 * 1_000);
        return (micros - nowMicros < DAY_MICROS ? Times.CLOCK : Times.DATE).format(instant) + " UTC";
    }

    static String list(List<String> words) {
        return switch (words.size()) {
            case 0 -> "none";
            case 1 -> words.getFirst();
            default -> String.join(", ", words.subList(0, words.size() - 1)) + " and " + words.getLast();
        };
    }
}
