package dev.pagoda.gateway.backend;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import com.knuddels.jtokkit.api.IntArrayList;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/// Text as the simulated models see it: tokens of OpenAI's `o200k_base`, which is as thrifty with Chinese as the
/// vocabularies of the models it stands in for.
///
/// The first use loads the vocabulary: about 0.4 s and 17 MB. Safe from any thread.
public final class Tokens {
    /// Tokens that a chat format adds to each message, its role included, and to the answer to come
    /// (OpenAI's cookbook, "How to count tokens with tiktoken").
    private static final int PER_MESSAGE = 4;

    private static final int PER_ANSWER = 3;

    /// Size of `o200k_base` without its special tokens (tiktoken 0.9, openai_public.py).
    private static final int ORDINARY_TOKENS = 199_998;

    /// Tokens around each tool (OpenAI's cookbook, the same article).
    private static final int PER_TOOL = 7;

    private Tokens() {}

    private static volatile boolean isLoaded;

    private static final class Loaded {
        static final Encoding ENCODING = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);
    }

    /// Loads the vocabulary.
    static void load() {
        count("a");
        isLoaded = true;
    }

    static boolean isLoaded() {
        return isLoaded;
    }

    /// Whether a number is an ordinary token.
    public static boolean isToken(int id) {
        return id >= 0 && id < ORDINARY_TOKENS;
    }

    /// How many tokens a text has.
    public static int count(String text) {
        return Loaded.ENCODING.countTokensOrdinary(text);
    }

    /// Tokens of all that a request makes its model read.
    public static int countPrompt(ChatRequest request) {
        return countPrompt(request, Tokens::count);
    }

    /// As [#countPrompt(ChatRequest)], by another measure of texts.
    static int countPrompt(ChatRequest request, ToIntFunction<String> count) {
        if (request.prompting() == ChatRequest.Prompting.RAW) {
            long raw = 0;
            for (ChatMessage message : request.messages()) {
                raw += count.applyAsInt(message.content());
            }
            return Math.toIntExact(Math.max(1, raw));
        }
        long tools = 0;
        for (Tools.Tool tool : request.tools().list()) {
            tools += countTool(tool, count);
        }
        long format = request.format() instanceof OutputFormat.JsonSchema schema
                ? count.applyAsInt(schema.schema().toString())
                : 0;
        return Math.toIntExact(countPrompt(request.messages(), count) + tools + format);
    }

    /// Tokens of a whole conversation as its model reads it.
    static int countPrompt(List<ChatMessage> messages) {
        return countPrompt(messages, Tokens::count);
    }

    private static int countPrompt(List<ChatMessage> messages, ToIntFunction<String> count) {
        long tokens = PER_ANSWER;
        for (ChatMessage message : messages) {
            tokens += PER_MESSAGE + count.applyAsInt(message.content());
            for (ContentPart part : message.parts()) {
                tokens += part.tokens();
            }
            for (ToolCall call : message.toolCalls()) {
                tokens += PER_MESSAGE + count.applyAsInt(call.name()) + count.applyAsInt(call.arguments());
            }
        }
        return Math.toIntExact(tokens);
    }

    private static long countTool(Tools.Tool tool, ToIntFunction<String> count) {
        int named = PER_TOOL + count.applyAsInt(tool.name()) + count.applyAsInt(tool.description());
        return switch (tool) {
            case Tools.Tool.Function function ->
                (long) named + count.applyAsInt(function.parameters().toString());
            case Tools.Tool.Custom custom -> (long) named + count.applyAsInt(custom.grammar());
        };
    }

    /// The tokens of a text with made up probabilities, the first with a probability of one.
    ///
    /// @param top how many candidates are told a token
    public static List<TokenLogprob> logprobs(String text, int top) {
        int[] tokens = encode(text);
        var logprobs = new ArrayList<TokenLogprob>(tokens.length);
        for (int i = 0; i < tokens.length; i++) {
            logprobs.add(
                    i == 0
                            ? new TokenLogprob(new TokenLogprob.Candidate(tokens[0], bytes(tokens[0]), 0), List.of())
                            : Logprobs.of(tokens[i], tokens[i - 1], i, top));
        }
        return logprobs;
    }

    static int[] encode(String text) {
        return Loaded.ENCODING.encodeOrdinary(text).toArray();
    }

    /// The UTF-8 bytes of one token, which need not be whole code points.
    static byte[] bytes(int token) {
        var one = new IntArrayList(1);
        one.add(token);
        return Loaded.ENCODING.decodeBytes(one);
    }

    /// The text of tokens.
    ///
    /// @param tokens each one [#isToken]
    public static String decode(int[] tokens) {
        var list = new IntArrayList(tokens.length);
        for (int token : tokens) {
            list.add(token);
        }
        return new String(Loaded.ENCODING.decodeBytes(list), StandardCharsets.UTF_8);
    }
}
