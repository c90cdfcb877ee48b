package dev.pagoda.gateway.schema;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a text states and a form can be filled with: names, numbers, dates, addresses, quotations.
///
/// Pure. Reads at most the first [#MAX_CHARS] characters.
public final class Facts {
    private static final int MAX_CHARS = 20_000;
    private static final int MAX_FINDS = 64;

    private static final Pattern NAME =
            Pattern.compile("\\b\\p{Lu}[\\p{L}\\p{N}'.-]*(?:[ ](?:of |de |van |von )?\\p{Lu}[\\p{L}\\p{N}'-]*){0,3}");
    private static final Pattern NUMBER = Pattern.compile("(?<![\\w.])-?\\d{1,15}(?:\\.\\d{1,9})?(?![\\w]|\\.\\d)");
    private static final Pattern DATE = Pattern.compile("\\b\\d{4}-\\d{2}-\\d{2}\\b");
    private static final Pattern EMAIL = Pattern.compile("\\b[\\w.+-]{1,64}@[\\w-]{1,63}(?:\\.[\\w-]{1,63}){1,4}\\b");
    private static final Pattern LINK = Pattern.compile("\\bhttps?://[^\\s\"'<>)]{1,500}");
    private static final Pattern QUOTED = Pattern.compile("[\"“”「]([^\"“”「」]{1,200})[\"“”」]|'([^'\n]{2,100})'(?!\\w)");
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");

    /// Words that begin sentences and name nothing.
    private static final Set<String> OPENERS = Set.of(
            ("a an and any are as at be book can could create did do does explain extract fetch find for from generate get"
                            + " give had has have hello hey hi how i if in is it let list make may me my no of on or"
                            + " please read return run say search send set should show suppose tell text that the then"
                            + " there they this to today translate use was we weather were what whats when where which"
                            + " who whose why will with would write yes you your json schema user question context")
                    .split(" "));

    private final String text;
    private final String lower;
    /// The text with spaces for dates.
    private final String undated;

    private final List<String> names;
    private final List<String> numbers;
    private final List<String> dates;
    private final List<String> emails;
    private final List<String> links;
    private final List<String> quotations;

    private Facts(String text) {
        this.text = text;
        this.lower = text.toLowerCase(Locale.ROOT);
        this.dates = all(DATE, text);
        this.emails = all(EMAIL, text);
        this.links = all(LINK, text);
        this.quotations = all(QUOTED, text);
        this.undated =
                DATE.matcher(text).replaceAll(date -> " ".repeat(date.group().length()));
        this.numbers = all(NUMBER, undated);
        this.names = names(LINK.matcher(text).replaceAll(" "));
    }

    public static Facts of(String text) {
        return new Facts(text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS));
    }

    public String text() {
        return text;
    }

    /// Capitalised words that belong together, in the order of the text.
    public List<String> names() {
        return names;
    }

    List<String> numbers() {
        return numbers;
    }

    List<String> dates() {
        return dates;
    }

    List<String> emails() {
        return emails;
    }

    List<String> links() {
        return links;
    }

    /// What stands in quotation marks.
    public List<String> quotations() {
        return quotations;
    }

    /// Whether the text has the words of a name such as `maxPrice` or `max_price`, in order and next to each other.
    public boolean mentions(String name) {
        return mention(name).isPresent();
    }

    /// Where a name is mentioned first: the end of the mention.
    Optional<Integer> mention(String name) {
        List<String> words = words(name);
        if (words.isEmpty()) {
            return Optional.empty();
        }
        int at = 0;
        while (true) {
            int start = lower.indexOf(words.getFirst(), at);
            if (start < 0) {
                return Optional.empty();
            }
            int end = matchWords(words, start);
            if (end >= 0) {
                return Optional.of(end);
            }
            at = start + 1;
        }
    }

    private int matchWords(List<String> words, int start) {
        if (start > 0 && Character.isLetterOrDigit(lower.charAt(start - 1)) && !isHan(lower.charAt(start))) {
            return -1;
        }
        int at = start;
        for (String word : words) {
            while (at > start && at < lower.length() && !Character.isLetterOrDigit(lower.charAt(at))) {
                at++;
            }
            if (!lower.startsWith(word, at)) {
                return -1;
            }
            at += word.length();
        }
        boolean ends = at == lower.length() || !Character.isLetterOrDigit(lower.charAt(at)) || isHan(lower.charAt(at));
        return ends ? at : -1;
    }

    /// What is said of a name right after it, as in `name: value`, `name is value` or `name = value`.
    Optional<String> statedOf(String name) {
        return mention(name).flatMap(end -> {
            Matcher stated = STATED.matcher(text).region(end, Math.min(text.length(), end + 200));
            return stated.lookingAt() ? Optional.of(stated.group(1).strip()) : Optional.empty();
        });
    }

    private static final Pattern STATED = Pattern.compile(
            "\\s*(?:is|are|was|of|=|:|：|是|为)\\s*[\"'“]?([^\"'”\\n,;，；。]{1,120}?)[\"'”]?(?:\\.?\\s*$|[\\n,;，；。]|\\.\\s| and | with )");

    /// The number that is nearest to a mention of a name, a few words away at most.
    Optional<String> numberNear(String name) {
        return mention(name).flatMap(end -> {
            int from = Math.max(0, end - 60);
            String nearest = null;
            int distance = Integer.MAX_VALUE;
            Matcher number = NUMBER.matcher(undated).region(from, Math.min(undated.length(), end + 40));
            while (number.find()) {
                int away = number.start() >= end ? number.start() - end : end - name.length() - number.end();
                if (away < distance) {
                    distance = away;
                    nearest = number.group();
                }
            }
            return Optional.ofNullable(nearest);
        });
    }

    /// The words of an identifier, in lower case.
    public static List<String> words(String name) {
        String spaced = name.replaceAll("(?<=[\\p{Ll}\\p{N}])(?=\\p{Lu})", " ").toLowerCase(Locale.ROOT);
        return WORD.matcher(spaced)
                .results()
                .map(match -> match.group())
                .limit(12)
                .toList();
    }

    private static boolean isHan(char c) {
        return c >= '\u3400' && c <= '\u9fff';
    }

    private static List<String> all(Pattern pattern, String text) {
        var found = new LinkedHashSet<String>();
        Matcher matcher = pattern.matcher(text);
        while (found.size() < MAX_FINDS && matcher.find()) {
            String group = matcher.group();
            for (int i = 1; i <= matcher.groupCount(); i++) {
                String inner = matcher.group(i);
                group = inner == null ? group : inner;
            }
            found.add(group);
        }
        return List.copyOf(found);
    }

    private static List<String> names(String text) {
        var found = new LinkedHashSet<String>();
        Matcher matcher = NAME.matcher(text);
        while (found.size() < MAX_FINDS && matcher.find()) {
            String name = matcher.group().strip();
            while (name.endsWith(".") || name.endsWith("'") || name.endsWith("-") || name.endsWith("'s")) {
                name = name.endsWith("'s")
                        ? name.substring(0, name.length() - 2)
                        : name.substring(0, name.length() - 1);
            }
            var words = new ArrayList<>(List.of(name.split(" ")));
            while (!words.isEmpty()
                    && OPENERS.contains(
                            words.getFirst().toLowerCase(Locale.ROOT).replace("'s", ""))) {
                words.removeFirst();
            }
            if (!words.isEmpty()) {
                found.add(String.join(" ", words));
            }
        }
        return List.copyOf(found);
    }
}
