package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.engine.Prompt;
import java.util.Arrays;

/// What a request makes its model read, as tokens, so that engines and routers find equal beginnings: tools and the
/// wanted form first, as chat templates have them, then the messages.
///
/// Marks of the chat format, pictures, sounds and files have stand-ins, which are equal for equal content. As many as
/// [Tokens#countPrompt(ChatRequest)] says. Used once; not thread-safe.
final class PromptReading {
    /// Stand-ins are negative; the vocabulary's are not.
    private static final int MARK = Integer.MIN_VALUE;

    private static final int PER_MESSAGE = 4;
    private static final int PER_ANSWER = 3;
    private static final int PER_TOOL = 7;

    private int[] ids = new int[256];
    private int size;

    private PromptReading() {}

    static Prompt of(ChatRequest request) {
        var prompt = new PromptReading();
        if (request.prompting() == ChatRequest.Prompting.RAW) {
            request.messages().forEach(message -> prompt.text(message.content()));
        } else {
            prompt.chat(request);
        }
        if (prompt.size == 0) {
            prompt.marks(1, 0);
        }
        String adapter = request.hints().adapter();
        int[] read = Arrays.copyOf(prompt.ids, prompt.size);
        if (!adapter.isEmpty()) {
            // keys and values of an adapter are its own
            read[0] ^= MARK | adapter.hashCode();
        }
        return Prompt.ofTokens(read);
    }

    private void chat(ChatRequest request) {
        for (Tools.Tool tool : request.tools().list()) {
            marks(PER_TOOL, 1);
            text(tool.name());
            text(tool.description());
            switch (tool) {
                case Tools.Tool.Function function -> text(function.parameters().toString());
                case Tools.Tool.Custom custom -> text(custom.grammar());
            }
        }
        if (request.format() instanceof OutputFormat.JsonSchema schema) {
            text(schema.schema().toString());
        }
        for (ChatMessage message : request.messages()) {
            marks(PER_MESSAGE, message.role().name().hashCode());
            text(message.content());
            for (ContentPart part : message.parts()) {
                marks(part.tokens(), part.hashCode());
            }
            for (ToolCall call : message.toolCalls()) {
                marks(PER_MESSAGE, 0);
                text(call.name());
                text(call.arguments());
            }
        }
        marks(PER_ANSWER, 0);
    }

    private void text(String text) {
        int[] more = Tokens.encode(text);
        room(more.length);
        System.arraycopy(more, 0, ids, size, more.length);
        size += more.length;
    }

    private void marks(int count, int kind) {
        room(count);
        Arrays.fill(ids, size, size + count, MARK | kind);
        size += count;
    }

    private void room(int more) {
        if (more > ids.length - size) {
            ids = Arrays.copyOf(ids, Math.max(Math.addExact(size, more), 2 * ids.length));
        }
    }
}
