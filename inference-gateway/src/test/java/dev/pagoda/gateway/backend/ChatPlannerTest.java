package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.bus.Refused;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ChatPlannerTest {
    private final ChatPlanner planner = new ChatPlanner(new GroundedResponder((language, texts) -> {
        throw new AssertionError("nothing is embedded without a context");
    }));

    @Test
    void sameRequestSamePlan() {
        assertEquals(text(planner.plan(request(1, 7, 1), 4096), 0), text(planner.plan(request(1, 7, 1), 4096), 0));
    }

    @Test
    void choicesDifferUnlessTheTemperatureIsZero() {
        ChatPlan warm = planner.plan(request(3, 7, 1), 4096);
        assertNotEquals(text(warm, 0), text(warm, 1));

        ChatPlan cold = planner.plan(request(3, 7, 0), 4096);
        assertEquals(text(cold, 0), text(cold, 2));
        assertEquals(text(cold, 0), text(planner.plan(request(1, 99, 0), 4096), 0));
    }

    @Test
    void refusesWhatExceedsTheContextAndSaysByHowMuch() {
        int prompt = Tokens.countPrompt(request(1, 0, 0));
        ChatRequest wide = limited(OptionalInt.of(100), 0, false);
        planner.plan(wide, prompt + 100);

        Refused refused = assertThrows(Refused.class, () -> planner.plan(wide, prompt + 99));
        assertEquals("context_length_exceeded", refused.refusal().code());
        String message = refused.refusal().message();
        assertTrue(message.contains((prompt + 100) + " were requested"), message);
    }

    @Test
    void anAnswerWithoutALimitEndsAtTheContext() {
        int prompt = Tokens.countPrompt(request(1, 0, 0));
        ChatPlan plan = planner.plan(limited(OptionalInt.empty(), 0, true), prompt + 33);

        assertEquals(33, plan.scripts().getFirst().tokens());
        assertEquals(FinishReason.LENGTH, plan.scripts().getFirst().finish());
    }

    @Test
    void onlyLongOrGroundedChatsAreHeavy() {
        Tokens.load();
        assertFalse(ChatPlanner.isHeavy(request(1, 0, 0), 4096));
        assertFalse(ChatPlanner.isHeavy(limited(OptionalInt.of(4000), 0, true), 4096));
        assertTrue(ChatPlanner.isHeavy(limited(OptionalInt.of(40_000), 0, true), 131_072));
        assertTrue(ChatPlanner.isHeavy(limited(OptionalInt.of(40_000), 30_000, false), 131_072));
        assertTrue(ChatPlanner.isHeavy(ask("[1] Pumps are blue.\n\nWhat colour?"), 4096));
        assertTrue(ChatPlanner.isHeavy(ask("word ".repeat(10_000)), 131_072));
    }

    private static String text(ChatPlan plan, int choice) {
        var text = new StringBuilder();
        for (Script.Reader reader = plan.scripts().get(choice).reader(); !reader.atEnd(); ) {
            text.append(reader.read());
        }
        return text.toString();
    }

    private static ChatRequest request(int n, long seed, double temperature) {
        return ask("What is a pump?")
                .withChoices(n)
                .withSampling(Sampling.defaults().withSeed(seed).withTemperature(temperature));
    }

    private static ChatRequest limited(OptionalInt maxTokens, int minTokens, boolean ignoreEos) {
        return request(1, 0, 0).withLimits(new LengthLimits(maxTokens, minTokens, ignoreEos, List.of()));
    }

    private static ChatRequest ask(String content) {
        return ChatRequest.of("r", "tiny", List.of(new ChatMessage(Role.USER, content)))
                .withSampling(Sampling.defaults().withTemperature(0));
    }
}
