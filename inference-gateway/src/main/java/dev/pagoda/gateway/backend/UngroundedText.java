package dev.pagoda.gateway.backend;

import java.util.List;
import java.util.regex.Pattern;

/// What the simulated chat says without a context: honest about what it is, specific about the question, and cheap.
final class UngroundedText {
    private static final int MAX_TOPICS = 4;
    private static final int MAX_ECHO_CHARS = 80;
    private static final Pattern WHITESPACE = Pattern.compile("\\s+");

    private static final List<String> OPENINGS_ENGLISH = List.of(
            "You asked: \"%s\". I am %s on Pagoda's simulated engine: its queueing, batching and timing are real, but it holds"
                    + " no weights, so I will not invent facts.",
            "About \"%s\": %s runs here on a simulated engine, which schedules and streams like a real one but has learnt"
                    + " nothing, so any fact I stated would be made up.",
            "\"%s\" is a question for a model with knowledge. This is %s on Pagoda's simulated engine, and it answers only"
                    + " from what you send along.");

    private static final List<String> ADVICE_ENGLISH = List.of(
            "Send passages with the question, each starting with a mark such as [1], and I will quote the sentences that"
                    + " answer it and cite them.",
            "Put the relevant text into the conversation, for example as lines that begin with [1] and [2], and I will pick"
                    + " out and cite what answers it.",
            "Add a context, one passage after each mark [1], [2] and so on, and the answer will be quoted from there with"
                    + " citations.");

    private static final List<String> SEARCH_ENGLISH = List.of(
            "Good search terms for finding such passages: %s.",
            "To find them, start from the terms %s.", "A retrieval step could look for %s.");

    private static final List<String> OPENINGS_CHINESE = List.of(
            "您的问题是：“%s”。我是运行在 Pagoda 模拟引擎上的 %s：排队、批处理和时延都是真实的，但没有模型权重，因此不会编造事实。",
            "关于“%s”：这里的 %s 由模拟引擎提供服务，它像真实引擎一样调度和流式输出，却没有学到任何知识，凭空回答只会是虚构。",
            "“%s”需要有知识的模型来回答。这里是 Pagoda 模拟引擎上的 %s，只根据您随问题提供的内容作答。");

    private static final List<String> ADVICE_CHINESE = List.of(
            "请把相关段落和问题一起发来，每段以 [1] 这样的标记开头，我会摘出能回答问题的句子并注明出处。",
            "把资料放进对话，例如用 [1]、[2] 开头的行，我会从中找出答案并标注引用。",
            "补充上下文后（每段前加 [1]、[2] 等标记），答案将从中引用并给出出处。");

    private static final List<String> SEARCH_CHINESE = List.of("检索这些段落时可以使用的关键词：%s。", "可以从这些词开始检索：%s。", "检索步骤可以查找：%s。");

    private static final String FILLER_ENGLISH =
            " The request asked for a fixed number of tokens, so the simulated engine keeps going past the natural end of its"
                    + " answer. What follows carries no information: it only makes the stream as long as it was asked to be,"
                    + " with the same batching, the same memory and the same pace as any other text of this length.";

    private static final String FILLER_CHINESE =
            "由于请求指定了固定的输出长度，模拟引擎会在回答自然结束之后继续输出。以下文字不包含任何信息，只是让输出达到要求的长度，其批处理、显存占用和速度与同样长度的其他文本完全一致。";

    private UngroundedText() {}

    static String of(Language language, String model, String question, long seed) {
        String echo = echo(question);
        List<String> topics = Terms.topics(question, MAX_TOPICS);
        boolean isChinese = language == Language.CHINESE;
        var text = new StringBuilder(
                pick(isChinese ? OPENINGS_CHINESE : OPENINGS_ENGLISH, seed).formatted(echo, model));
        text.append(isChinese ? "" : " ").append(pick(isChinese ? ADVICE_CHINESE : ADVICE_ENGLISH, seed / 3));
        if (!topics.isEmpty()) {
            String joined = String.join(isChinese ? "、" : ", ", topics);
            text.append(isChinese ? "" : " ")
                    .append(pick(isChinese ? SEARCH_CHINESE : SEARCH_ENGLISH, seed / 9)
                            .formatted(joined));
        }
        return text.toString();
    }

    /// Said when there is a context and none of its sentences fits.
    static String unanswered(Language language, String question) {
        return language == Language.CHINESE
                ? "所给资料没有回答这个问题：“" + echo(question) + "”。"
                : "The given context does not answer this question: \"" + echo(question) + "\".";
    }

    /// What follows the end of an answer that has to be longer; repeats well.
    static String filler(Language language) {
        return language == Language.CHINESE ? FILLER_CHINESE : FILLER_ENGLISH;
    }

    private static String pick(List<String> variants, long seed) {
        return variants.get((int) Math.floorMod(seed, (long) variants.size()));
    }

    private static String echo(String question) {
        String line = WHITESPACE
                .matcher(question.substring(0, Math.min(question.length(), 4 * MAX_ECHO_CHARS)))
                .replaceAll(" ")
                .strip();
        if (line.length() <= MAX_ECHO_CHARS) {
            return line;
        }
        int cut = line.lastIndexOf(' ', MAX_ECHO_CHARS);
        int end = cut > MAX_ECHO_CHARS / 2 ? cut : MAX_ECHO_CHARS;
        return line.substring(0, Character.isHighSurrogate(line.charAt(end - 1)) ? end - 1 : end) + "…";
    }
}
