package dev.pagoda.gateway.backend;

import java.util.List;
import java.util.SplittableRandom;

/// What a simulated model thinks before it answers: what was asked and what there is to answer from, at a length that
/// follows the budget. Pure.
final class ThoughtText {
    private static final int CHARS_PER_TOKEN = 4;
    /// The part of its budget that a thought uses, at most.
    private static final double USED = .5;

    private static final List<String> STEPS = List.of(
            "The point of %s matters here, so I keep it in view.",
            "I compare what is given about %s with what is asked.",
            "Nothing beyond the conversation may be claimed about %s.",
            "A short answer about %s serves better than a long one.",
            "I check once more that %s is what the question is about.");
    private static final List<String> STEPS_CHINESE =
            List.of("%s是问题的关键，需要留意。", "把关于%s的内容与问题对照。", "关于%s，不能超出对话中给出的内容。", "再确认一次问题问的是%s。");

    private ThoughtText() {}

    static String of(Language language, Grounding grounding, int budgetTokens, long seed) {
        boolean isChinese = language == Language.CHINESE;
        var random = new SplittableRandom(seed);
        List<String> topics = Terms.topics(grounding.question(), 6);
        int passages = grounding.passages().size();
        var thought = new StringBuilder();
        if (isChinese) {
            thought.append(passages == 0 ? "对话中没有资料，只能如实说明。" : "对话中有" + passages + "段资料，从中找答案。");
        } else {
            thought.append("The user asks about ")
                    .append(topics.isEmpty() ? "something short" : String.join(", ", topics))
                    .append(". ")
                    .append(
                            passages == 0
                                    ? "There is no context to quote from."
                                    : "There are " + passages + " passages to answer from.");
        }
        int perToken = isChinese ? 2 : CHARS_PER_TOKEN;
        double chars = budgetTokens * (double) perToken * USED * (.5 + .5 * random.nextDouble());
        List<String> steps = isChinese ? STEPS_CHINESE : STEPS;
        while (thought.length() < chars) {
            String topic =
                    topics.isEmpty() ? isChinese ? "问题" : "the question" : topics.get(random.nextInt(topics.size()));
            thought.append(isChinese ? "" : " ")
                    .append(steps.get(random.nextInt(steps.size())).formatted(topic));
        }
        return thought.toString();
    }
}
