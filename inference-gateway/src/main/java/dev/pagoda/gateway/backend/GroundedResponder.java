package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.backend.EvidenceRanking.Evidence;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/// What the simulated chat says: quotes from the given context that answer the question, with their citation marks;
/// or, without context, that it knows nothing by itself and how it can be of use.
///
/// Deterministic: the same grounding, language and seed give the same text. Blocks while it embeds, and only if there
/// are passages. Safe from any thread if its embedder is.
final class GroundedResponder {
    private static final int MAX_QUOTES = 3;
    private static final int MAX_CHARS = 700;

    /// A further sentence is quoted when it scores this share of the best.
    private static final double NEAR_BEST = .85;

    /// Below these the best sentence does not answer; lowest scores of right answers on SQuAD-like questions.
    private static final double MIN_WORDS = .08;

    private static final double MIN_MEANING_ENGLISH = .32;
    private static final double MIN_MEANING_CHINESE = .50;

    /// A sentence that begins so is about something in the sentence before it.
    private static final Pattern POINTS_BACK =
            Pattern.compile("(?:He|She|It|They|His|Her|Its|Their|This|These|That|Those)\\b|[他她它这那其该此]");

    private static final List<String> LEAD_INS_ENGLISH = List.of("", "According to the context: ", "The sources say: ");
    private static final List<String> LEAD_INS_CHINESE = List.of("", "根据资料：", "资料中写道：");

    private final SentenceEmbedder embedder;

    GroundedResponder(SentenceEmbedder embedder) {
        this.embedder = embedder;
    }

    /// The answer to a conversation.
    ///
    /// @param model who speaks
    /// @param seed  0 for the plainest wording
    String respond(String model, Grounding grounding, long seed) {
        Language language = Language.of(grounding.question());
        if (grounding.passages().isEmpty()) {
            return UngroundedText.of(language, model, grounding.question(), seed);
        }
        List<Evidence> ranked = EvidenceRanking.rank(grounding, language, embedder);
        if (ranked.isEmpty() || !answers(ranked.getFirst(), language)) {
            return UngroundedText.unanswered(language, grounding.question());
        }
        List<String> leadIns = language == Language.CHINESE ? LEAD_INS_CHINESE : LEAD_INS_ENGLISH;
        return leadIns.get((int) Math.floorMod(seed, (long) leadIns.size())) + quote(grounding, language, ranked);
    }

    private static boolean answers(Evidence best, Language language) {
        double minMeaning = language == Language.CHINESE ? MIN_MEANING_CHINESE : MIN_MEANING_ENGLISH;
        return best.meaning() >= minMeaning || (best.words() >= MIN_WORDS && best.meaning() >= minMeaning * .75);
    }

    private static String quote(Grounding grounding, Language language, List<Evidence> ranked) {
        Evidence first = ranked.getFirst();
        var quoted = new ArrayList<Evidence>();
        quoted.add(first);
        if (POINTS_BACK.matcher(first.sentence()).lookingAt()) {
            ranked.stream()
                    .filter(other -> other.passage() == first.passage() && other.order() == first.order() - 1)
                    .findAny()
                    .ifPresent(quoted::add);
        }
        int chars = quoted.stream()
                .mapToInt(evidence -> evidence.sentence().length())
                .sum();
        for (Evidence evidence : ranked) {
            boolean isNear = evidence.score() >= NEAR_BEST * first.score();
            boolean fits = chars + evidence.sentence().length() <= MAX_CHARS;
            boolean isNew = quoted.stream().noneMatch(other -> other.sentence().equals(evidence.sentence()));
            if (quoted.size() < MAX_QUOTES && isNear && fits && isNew) {
                quoted.add(evidence);
                chars += evidence.sentence().length();
            }
        }
        // the best passage first, and its sentences in their own order
        int best = first.passage();
        quoted.sort(Comparator.comparing((Evidence e) -> e.passage() != best).thenComparingInt(Evidence::order));
        var text = new StringBuilder();
        for (int i = 0; i < quoted.size(); i++) {
            Evidence evidence = quoted.get(i);
            text.append(evidence.sentence());
            int mark = grounding.passages().get(evidence.passage()).mark();
            boolean passageEnds = i + 1 == quoted.size() || quoted.get(i + 1).passage() != evidence.passage();
            if (mark > 0 && passageEnds) {
                text.append(language == Language.CHINESE ? "[" : " [")
                        .append(mark)
                        .append(']');
            }
            if (i + 1 < quoted.size()) {
                text.append(language == Language.CHINESE ? "" : " ");
            }
        }
        return text.toString();
    }
}
