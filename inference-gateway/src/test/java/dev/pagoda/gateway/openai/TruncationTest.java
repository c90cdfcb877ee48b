package dev.pagoda.gateway.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.PromptTokens;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.backend.ToolCall;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TruncationTest {
    private static ChatRequest request(List<ChatMessage> messages) {
        return ChatRequest.of("id", "model", messages);
    }

    private static List<ChatMessage> conversation(int length) {
        var messages = new ArrayList<ChatMessage>();
        messages.add(new ChatMessage(Role.SYSTEM, "be brief"));
        for (int i = 0; i < length; i++) {
            messages.add(new ChatMessage(i % 2 == 0 ? Role.USER : Role.ASSISTANT, "number " + i + " of many words"));
        }
        return messages;
    }

    @Test
    void leavesOutAsLittleAsMakesTheRestFit() {
        ChatRequest whole = request(conversation(41));
        int most = PromptTokens.of(whole);
        for (int context = most + 1; context > 40; context -= 7) {
            ChatRequest fitted = Truncation.fit(whole, 1, context);
            int dropped = whole.messages().size() - fitted.messages().size();

            assertTrue(PromptTokens.of(fitted) < context, "context " + context);
            assertEquals(whole.messages().getFirst(), fitted.messages().getFirst());
            assertEquals(whole.messages().getLast(), fitted.messages().getLast());
            if (dropped > 0) {
                var oneMore = new ArrayList<>(fitted.messages());
                oneMore.add(1, whole.messages().get(dropped));
                assertTrue(PromptTokens.of(request(oneMore)) >= context, "context " + context);
            }
        }
    }

    @Test
    void changesNothingThatFits() {
        ChatRequest whole = request(conversation(5));

        assertSame(whole, Truncation.fit(whole, 1, 100_000));
    }

    @Test
    void leavesNoResultWithoutItsCall() {
        var messages = new ArrayList<ChatMessage>();
        for (int i = 0; i < 10; i++) {
            String id = "call" + i;
            messages.add(new ChatMessage(Role.USER, "question " + i));
            messages.add(new ChatMessage(Role.ASSISTANT, List.of(), List.of(new ToolCall(id, "look", "{}")), ""));
            messages.add(new ChatMessage(Role.TOOL, new ChatMessage(Role.USER, "result " + i).parts(), List.of(), id));
        }
        ChatRequest whole = request(messages);
        for (int context = PromptTokens.of(whole); context > 1; context -= 3) {
            ChatRequest fitted = Truncation.fit(whole, 0, context);

            assertTrue(fitted.messages().getFirst().role() != Role.TOOL, "context " + context);
            assertEquals(whole.messages().getLast(), fitted.messages().getLast());
        }
    }

    @Test
    void keepsTheLastMessageThoughItIsTooLong() {
        ChatRequest whole = request(conversation(3));

        assertEquals(2, Truncation.fit(whole, 1, 1).messages().size());
    }
}
