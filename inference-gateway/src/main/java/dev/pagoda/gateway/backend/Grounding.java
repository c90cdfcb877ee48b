package dev.pagoda.gateway.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a conversation gives to answer from: the question, and the passages that came with it.
///
/// Passages are found by the ways in which people write prompts: blocks that begin with `[1]`; what follows a label
/// such as `Context:` or `资料：`; what a tool returned; long paragraphs beside a question. Instructions are none.
///
/// @param question the last thing the user asked, without the context around it
/// @param passages in the order of the conversation; may be empty
record Grounding(String question, List<Passage> passages) {
    /// More passages than this are left unread.
    static final int MAX_PASSAGES = 200;

    private static final Pattern MARK = Pattern.compile("^\\s*\\[(\\d{1,4})][:.]?\\s*(.*)$");
    private static final Pattern QUESTION = Pattern.compile(
            "^\\s*(?:[#*]+\\s*)?(?:user(?:'s)? )?(?:question|query|q|用户问题|问题|提问|问)\\**\\s*[:：]\\s*(.*)$",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern CONTEXT = Pattern.compile(
            "^\\s*(?:[#*]+\\s*)?(?:<context>|<documents?>|(?:context|documents?|passages?|sources?|background|references?"
                    + "|knowledge|上下文|背景|背景知识|资料|参考资料|文档|材料|知识库)\\**\\s*[:：])\\s*(.*)$",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern INSTRUCTION = Pattern.compile(
            "^(?:you are|you're|answer|use |using|if |do not|don't|please|based on|cite|quote|reply|respond|given|always"
                    + "|never|only|请|你是|您是|根据|如果|回答|不要|仅|只|引用|使用|若).*",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern CLOSING_TAG =
            Pattern.compile("^\\s*</(?:context|documents?)>\\s*$", Pattern.CASE_INSENSITIVE);

    /// A loose paragraph that is shorter is no context.
    private static final int MIN_USER_CHARS = 60;

    private static final int MIN_SYSTEM_CHARS = 200;

    Grounding {
        passages = List.copyOf(passages);
    }

    /// A piece of context.
    ///
    /// @param mark the number that cites it, 0 when it has none
    record Passage(int mark, String text) {}

    static Grounding of(List<ChatMessage> messages) {
        int asked = lastUser(messages);
        var passages = new ArrayList<Passage>();
        String question = "";
        for (int i = 0; i < messages.size(); i++) {
            ChatMessage message = messages.get(i);
            boolean asks = i == asked;
            switch (message.role()) {
                case ASSISTANT -> {}
                case TOOL ->
                    add(
                            passages,
                            readMarked(message.content(), false, MIN_USER_CHARS / 2)
                                    .passages());
                case SYSTEM, DEVELOPER ->
                    add(
                            passages,
                            readMarked(message.content(), false, MIN_SYSTEM_CHARS)
                                    .passages());
                case USER -> {
                    Grounding read = readMarked(message.content(), asks, asks ? MIN_USER_CHARS : MIN_SYSTEM_CHARS);
                    add(passages, read.passages());
                    if (asks) {
                        question = read.question();
                    }
                }
            }
        }
        return new Grounding(question, passages);
    }

    private static int lastUser(List<ChatMessage> messages) {
        for (int i = messages.size() - 1; i >= 0; i--) {
            if (messages.get(i).role() == Role.USER) {
                return i;
            }
        }
        return -1;
    }

    private static void add(List<Passage> passages, List<Passage> more) {
        for (Passage passage : more) {
            if (passages.size() < MAX_PASSAGES && !passage.text().isBlank()) {
                passages.add(passage);
            }
        }
    }

    private static Grounding readMarked(String text, boolean asks, int minChars) {
        List<String> paragraphs = paragraphs(text);
        int lastMarked = -1;
        boolean labelled = false;
        for (int i = 0; i < paragraphs.size(); i++) {
            if (paragraphs.get(i).lines().anyMatch(line -> MARK.matcher(line).matches())) {
                lastMarked = i;
            }
            labelled |= paragraphs
                    .get(i)
                    .lines()
                    .anyMatch(line -> CONTEXT.matcher(line).matches());
        }
        var reader = new Reader();
        if (lastMarked >= 0) {
            reader.marked(paragraphs, lastMarked, asks);
        } else if (labelled) {
            reader.labelled(paragraphs, asks);
        } else {
            reader.loose(paragraphs, asks, minChars);
        }
        String question = reader.question.toString().strip();
        return new Grounding(question.isEmpty() && asks ? text.strip() : question, reader.passages);
    }

    private static List<String> paragraphs(String text) {
        var paragraphs = new ArrayList<String>();
        for (String paragraph : text.split("\\R\\s*\\R", -1)) {
            if (!paragraph.isBlank()) {
                paragraphs.add(paragraph);
            }
        }
        return paragraphs;
    }

    /// Collects passages and the question of one message.
    private static final class Reader {
        final List<Passage> passages = new ArrayList<>();
        final StringBuilder question = new StringBuilder();
        private final StringBuilder open = new StringBuilder();
        private int openMark = -1;

        /// Everything from the first `[n]` on, up to a question or what follows the last passage.
        void marked(List<String> paragraphs, int lastMarked, boolean asks) {
            boolean inQuestion = false;
            for (int i = 0; i < paragraphs.size(); i++) {
                String paragraph = paragraphs.get(i);
                boolean follows = i > lastMarked
                        && (asks || INSTRUCTION.matcher(paragraph.strip()).matches());
                if (follows) {
                    close();
                }
                for (String line : paragraph.split("\\R", -1)) {
                    Matcher mark = MARK.matcher(line);
                    Matcher asked = QUESTION.matcher(line);
                    if (mark.matches()) {
                        inQuestion = false;
                        open(Integer.parseInt(mark.group(1)), mark.group(2));
                    } else if (asked.matches()) {
                        close();
                        inQuestion = true;
                        question.setLength(0);
                        question.append(asked.group(1)).append('\n');
                    } else if (openMark >= 0 && !CLOSING_TAG.matcher(line).matches()) {
                        open.append('\n').append(line);
                    } else if (inQuestion || follows || (!CONTEXT.matcher(line).matches() && openMark < 0)) {
                        question.append(line).append('\n');
                    }
                }
                if (openMark >= 0) {
                    open.append('\n');
                }
            }
            close();
        }

        /// What follows a label such as `Context:`, a passage a paragraph.
        void labelled(List<String> paragraphs, boolean asks) {
            boolean inContext = false;
            for (int i = 0; i < paragraphs.size(); i++) {
                if (inContext && asks && i == paragraphs.size() - 1 && !hasAsked() && !hasLabel(paragraphs.get(i))) {
                    inContext = false;
                    question.setLength(0);
                }
                for (String line : paragraphs.get(i).split("\\R", -1)) {
                    inContext = readLabelled(line, inContext);
                }
                close();
            }
        }

        private boolean readLabelled(String line, boolean inContext) {
            Matcher label = CONTEXT.matcher(line);
            Matcher asked = QUESTION.matcher(line);
            if (label.matches()) {
                open(0, label.group(1));
                return true;
            }
            if (asked.matches()) {
                close();
                question.setLength(0);
                question.append(asked.group(1)).append('\n');
                return false;
            }
            if (CLOSING_TAG.matcher(line).matches()) {
                close();
                return false;
            }
            if (inContext) {
                if (openMark < 0) {
                    open(0, "");
                }
                open.append('\n').append(line);
            } else {
                question.append(line).append('\n');
            }
            return inContext;
        }

        private boolean hasAsked() {
            return question.indexOf("?") >= 0 || question.indexOf("\uff1f") >= 0;
        }

        private static boolean hasLabel(String paragraph) {
            return paragraph
                    .lines()
                    .anyMatch(line -> QUESTION.matcher(line).matches()
                            || CONTEXT.matcher(line).matches());
        }

        /// Long paragraphs beside a question.
        void loose(List<String> paragraphs, boolean asks, int minChars) {
            int asked = asks ? questionAmong(paragraphs) : -1;
            for (int i = 0; i < paragraphs.size(); i++) {
                String paragraph = paragraphs.get(i).strip();
                if (i == asked) {
                    question.append(paragraph);
                } else if (weight(paragraph) >= minChars
                        && !INSTRUCTION.matcher(paragraph).matches()) {
                    passages.add(new Passage(0, paragraph));
                }
            }
        }

        private static int questionAmong(List<String> paragraphs) {
            for (int i = paragraphs.size() - 1; i >= 0; i--) {
                String paragraph = paragraphs.get(i).strip();
                if (paragraph.endsWith("?") || paragraph.endsWith("\uff1f")) {
                    return i;
                }
            }
            return paragraphs.size() - 1;
        }

        /// Characters, a Han character counted as two and a half.
        private static int weight(String paragraph) {
            return Language.of(paragraph) == Language.CHINESE ? paragraph.length() * 5 / 2 : paragraph.length();
        }

        private void open(int mark, String rest) {
            close();
            openMark = mark;
            open.append(rest);
        }

        private void close() {
            if (openMark >= 0 && !open.toString().isBlank()) {
                passages.add(new Passage(openMark, open.toString().strip()));
            }
            openMark = -1;
            open.setLength(0);
        }
    }
}
