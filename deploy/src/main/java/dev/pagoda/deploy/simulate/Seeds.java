package dev.pagoda.deploy.simulate;

import dev.pagoda.deploy.StartRefused;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Seeds as a user writes them: `42`, `42-51`, `1,3,10-12`.
final class Seeds {
    static final int MAX = 10_000;

    private static final Pattern RANGE = Pattern.compile("(\\d{1,9})(?:-(\\d{1,9}))?");

    private Seeds() {}

    /// Each once, in the order they were written.
    ///
    /// @throws StartRefused if it is not such a list, or of more than [#MAX]
    static List<Long> parse(String text) {
        Set<Long> seeds = new LinkedHashSet<>();
        for (String part : text.split(",", -1)) {
            Matcher range = RANGE.matcher(part.strip());
            if (!range.matches()) {
                throw refusal(text);
            }
            long first = Long.parseLong(range.group(1));
            long last = range.group(2) == null ? first : Long.parseLong(range.group(2));
            if (last < first || last - first >= MAX) {
                throw refusal(text);
            }
            for (long seed = first; seed <= last; seed++) {
                seeds.add(seed);
            }
            if (seeds.size() > MAX) {
                throw refusal(text);
            }
        }
        return new ArrayList<>(seeds);
    }

    private static StartRefused refusal(String text) {
        return new StartRefused("--seeds " + text + " is not a list of numbers and ranges such as 42-51 or 1,3,10-12, "
                + "at most " + MAX + " seeds");
    }
}
