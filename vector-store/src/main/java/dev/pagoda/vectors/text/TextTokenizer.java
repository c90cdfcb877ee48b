package dev.pagoda.vectors.text;

import dev.pagoda.vectors.filter.Tokenizer;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.jspecify.annotations.Nullable;
import org.tartarus.snowball.SnowballStemmer;

/// Words as the options of a text index say: split, folded to ASCII, in lower case, without stop words,
/// stemmed, and neither too short nor too long, in this order.
public final class TextTokenizer implements Tokenizer {
    /// What no length is given for.
    private static final Pattern SPACES = Pattern.compile("\\s+");

    private static final int LONGEST = Integer.MAX_VALUE;

    private enum Kind {
        PREFIX,
        WHITESPACE,
        WORD,
        MULTILINGUAL
    }

    private final Kind kind;
    private final boolean isLowerCase;
    private final boolean isFolded;
    private final Set<String> stopWords;
    private final @Nullable Language stemming;
    private final int least;
    private final int most;

    private TextTokenizer(
            Kind kind,
            boolean isLowerCase,
            boolean isFolded,
            Set<String> stopWords,
            @Nullable Language stemming,
            int least,
            int most) {
        this.kind = kind;
        this.isLowerCase = isLowerCase;
        this.isFolded = isFolded;
        this.stopWords = Set.copyOf(stopWords);
        this.stemming = stemming;
        this.least = least;
        this.most = most;
    }

    /// @param options of a text index: `tokenizer`, `lowercase`, `ascii_folding`, `stopwords`, `stemmer`,
    ///     `min_token_len`, `max_token_len`; others are passed over
    /// @throws IllegalArgumentException if one of them has no sense
    public static TextTokenizer of(Map<?, ?> options) {
        Kind kind = kind(options.get("tokenizer"));
        boolean isLowerCase = flag(options, "lowercase", true);
        Set<String> stopWords = new HashSet<>();
        Object stops = options.get("stopwords");
        if (stops instanceof String language) {
            stopWords.addAll(Language.named(language).stopWords());
        } else if (stops instanceof Map<?, ?> both) {
            texts(both.get("languages"))
                    .forEach(language ->
                            stopWords.addAll(Language.named(language).stopWords()));
            texts(both.get("custom"))
                    .forEach(word -> stopWords.add(isLowerCase ? word.toLowerCase(Locale.ROOT) : word));
        } else if (stops != null) {
            throw new IllegalArgumentException("stopwords " + stops + " are neither a language nor lists of them");
        }
        int least = length(options, "min_token_len", 0);
        int most = length(options, "max_token_len", LONGEST);
        Language stemming = stemming(options.get("stemmer"));
        if (stemming != null) {
            stemming.stemmer();
        }
        return new TextTokenizer(
                kind, isLowerCase, flag(options, "ascii_folding", false), stopWords, stemming, least, most);
    }

    @Override
    public List<String> stored(String text) {
        List<String> words = new ArrayList<>();
        SnowballStemmer stemmer = stemming == null ? null : stemming.stemmer();
        split(text, raw -> {
            String word = shaped(raw);
            if (stopWords.contains(word)) {
                return;
            }
            word = stemmed(stemmer, word);
            int length = word.codePointCount(0, word.length());
            if (length < least) {
                return;
            }
            if (kind == Kind.PREFIX) {
                for (int n = Math.max(1, least); n <= Math.min(length, most); n++) {
                    words.add(word.substring(0, word.offsetByCodePoints(0, n)));
                }
            } else if (length <= most) {
                words.add(word);
            }
        });
        return words;
    }

    /// As [#stored], but where beginnings of words are stored only the longest is asked for, stop word or
    /// not: it may be the beginning of another word.
    @Override
    public List<String> asked(String text) {
        if (kind != Kind.PREFIX) {
            return stored(text);
        }
        List<String> words = new ArrayList<>();
        SnowballStemmer stemmer = stemming == null ? null : stemming.stemmer();
        split(text, raw -> {
            String word = stemmed(stemmer, shaped(raw));
            int length = word.codePointCount(0, word.length());
            if (length >= Math.max(1, least)) {
                words.add(word.substring(0, word.offsetByCodePoints(0, Math.min(length, most))));
            }
        });
        return words;
    }

    private String shaped(String raw) {
        String word = raw;
        if (isFolded) {
            char[] folded = new char[4 * raw.length()];
            int length = ASCIIFoldingFilter.foldToASCII(raw.toCharArray(), 0, folded, 0, raw.length());
            word = new String(folded, 0, length);
        }
        return isLowerCase ? word.toLowerCase(Locale.ROOT) : word;
    }

    private static String stemmed(@Nullable SnowballStemmer stemmer, String word) {
        if (stemmer == null) {
            return word;
        }
        stemmer.setCurrent(word);
        stemmer.stem();
        return stemmer.getCurrent();
    }

    private void split(String text, Consumer<String> words) {
        switch (kind) {
            case WHITESPACE -> {
                for (String word : SPACES.split(text.strip(), -1)) {
                    if (!word.isEmpty()) {
                        words.accept(word);
                    }
                }
            }
            case WORD, PREFIX -> {
                int start = -1;
                for (int i = 0; i <= text.length(); ) {
                    int point = i < text.length() ? text.codePointAt(i) : ' ';
                    if (isOfWord(point)) {
                        start = start < 0 ? i : start;
                    } else if (start >= 0) {
                        words.accept(text.substring(start, i));
                        start = -1;
                    }
                    i += Character.charCount(point);
                }
            }
            case MULTILINGUAL -> {
                try (StandardTokenizer tokens = new StandardTokenizer()) {
                    tokens.setReader(new StringReader(text));
                    CharTermAttribute term = tokens.addAttribute(CharTermAttribute.class);
                    tokens.reset();
                    while (tokens.incrementToken()) {
                        words.accept(term.toString());
                    }
                    tokens.end();
                } catch (IOException unreachable) {
                    throw new UncheckedIOException("reading from memory", unreachable);
                }
            }
        }
    }

    private static boolean isOfWord(int point) {
        return Character.isAlphabetic(point)
                || switch (Character.getType(point)) {
                    case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
                    default -> false;
                };
    }

    private static Kind kind(@Nullable Object name) {
        return switch (name == null ? "word" : String.valueOf(name)) {
            case "prefix" -> Kind.PREFIX;
            case "whitespace" -> Kind.WHITESPACE;
            case "word" -> Kind.WORD;
            case "multilingual" -> Kind.MULTILINGUAL;
            default ->
                throw new IllegalArgumentException("unknown variant `" + name
                        + "`, expected one of `prefix`, `whitespace`, `word`, `multilingual`");
        };
    }

    private static @Nullable Language stemming(@Nullable Object stemmer) {
        if (stemmer == null) {
            return null;
        }
        if (stemmer instanceof Map<?, ?> map) {
            if ("none".equals(map.get("type"))) {
                return null;
            }
            if ("snowball".equals(map.get("type")) && map.get("language") instanceof String language) {
                return Language.named(language);
            }
        }
        throw new IllegalArgumentException(
                "stemmer " + stemmer + " has neither type `none` nor type `snowball` and a" + " language");
    }

    private static boolean flag(Map<?, ?> options, String key, boolean absent) {
        return switch (options.get(key)) {
            case null -> absent;
            case Boolean flag -> flag;
            case Object other -> throw new IllegalArgumentException(key + " " + other + " is no boolean");
        };
    }

    private static int length(Map<?, ?> options, String key, int absent) {
        return switch (options.get(key)) {
            case null -> absent;
            case Long length when length >= 0 -> (int) Math.min(LONGEST, length);
            case Object other -> throw new IllegalArgumentException(key + " " + other + " is no length");
        };
    }

    private static List<String> texts(@Nullable Object list) {
        List<String> texts = new ArrayList<>();
        if (list instanceof List<?> elements) {
            for (Object element : elements) {
                if (!(element instanceof String text)) {
                    throw new IllegalArgumentException("stopword " + element + " is no text");
                }
                texts.add(text);
            }
        } else if (list != null) {
            throw new IllegalArgumentException("stopwords " + list + " are no list");
        }
        return texts;
    }
}
