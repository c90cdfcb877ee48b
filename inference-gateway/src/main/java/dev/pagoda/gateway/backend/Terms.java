package dev.pagoda.gateway.backend;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The words of a text that carry its topic: stemmed lightly in English, character bigrams in Chinese.
final class Terms {
    private static final Set<String> STOP_WORDS = Set.of(
            ("a an the and or but if of in on at to for from by with without as is are was were be been being do does did "
                            + "have has had having it its this that these those there their they them he she his her him we "
                            + "our us you your i me my not no nor so than then too very can could may might must shall "
                            + "should will would what which who whom whose when where why how many much about into over "
                            + "after before between during also such any all some more most other same own only just out "
                            + "up down please tell")
                    .split(" "));

    private static final Set<String> STOP_BIGRAMS = Set.of(
            "什么", "哪个", "哪些", "哪里", "多少", "如何", "怎么", "怎样", "为什", "是什", "么是", "请问", "一个", "是否", "可以", "以及", "这个", "那个",
            "我们", "你们", "他们", "的是", "了什", "谁是", "哪一");

    private Terms() {}

    /// The distinct terms in order of appearance.
    static Set<String> of(String text) {
        var terms = new LinkedHashSet<String>();
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            int end = i + 1;
            if (Language.isHan(c)) {
                while (end < text.length() && Language.isHan(text.charAt(end))) {
                    end++;
                }
                addBigrams(text, i, end, terms);
            } else if (Character.isLetterOrDigit(c)) {
                while (end < text.length() && isWordPart(text, end)) {
                    end++;
                }
                addWord(text.substring(i, end), terms);
            }
            i = end;
        }
        return terms;
    }

    /// The words of a question that name its topic, as the reader wrote them, at most `limit`.
    static List<String> topics(String question, int limit) {
        var topics = new ArrayList<String>();
        for (String word : question.split("[\\s\\p{Punct}\u3000-\u303f\uff00-\uffef\u2018-\u201d]+", 200)) {
            if (topics.size() == limit) {
                break;
            }
            boolean isHan = !word.isEmpty() && Language.isHan(word.charAt(0));
            boolean tells = isHan ? word.length() > 1 : word.length() > 3 && word.length() < 40;
            if (tells && !STOP_WORDS.contains(word.toLowerCase(Locale.ROOT)) && !topics.contains(word)) {
                topics.add(isHan && word.length() > 12 ? word.substring(0, 12) : word);
            }
        }
        return topics;
    }

    private static boolean isWordPart(String text, int at) {
        char c = text.charAt(at);
        if (Character.isLetterOrDigit(c)) {
            return !Language.isHan(c);
        }
        // 3.5 and 1,000 are one number
        return (c == '.' || c == ',')
                && Character.isDigit(text.charAt(at - 1))
                && at + 1 < text.length()
                && Character.isDigit(text.charAt(at + 1));
    }

    private static void addWord(String word, Set<String> terms) {
        String lower = word.toLowerCase(Locale.ROOT);
        if (!STOP_WORDS.contains(lower) && (lower.length() > 1 || Character.isDigit(lower.charAt(0)))) {
            terms.add(stem(lower));
        }
    }

    private static String stem(String word) {
        int length = word.length();
        if (length > 5 && word.endsWith("ing")) {
            return undouble(word.substring(0, length - 3));
        }
        if (length > 4 && word.endsWith("ies")) {
            return word.substring(0, length - 3) + "y";
        }
        if (length > 4 && word.endsWith("ed")) {
            return undouble(word.substring(0, length - 2));
        }
        if (length > 4 && (word.endsWith("ses") || word.endsWith("xes") || word.endsWith("hes"))) {
            return word.substring(0, length - 2);
        }
        String singular =
                length > 3 && word.endsWith("s") && !word.endsWith("ss") ? word.substring(0, length - 1) : word;
        return singular.length() > 4 && singular.endsWith("e")
                ? singular.substring(0, singular.length() - 1)
                : singular;
    }

    private static String undouble(String stem) {
        int last = stem.length() - 1;
        boolean doubled =
                last > 2 && stem.charAt(last) == stem.charAt(last - 1) && "lsz".indexOf(stem.charAt(last)) < 0;
        return doubled ? stem.substring(0, last) : stem;
    }

    private static void addBigrams(String text, int from, int to, Set<String> terms) {
        if (to - from == 1) {
            terms.add(text.substring(from, to));
        }
        for (int i = from; i + 1 < to; i++) {
            String bigram = text.substring(i, i + 2);
            if (!STOP_BIGRAMS.contains(bigram)) {
                terms.add(bigram);
            }
        }
    }
}
