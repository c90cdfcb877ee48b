package dev.pagoda.gateway.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.LengthLimits;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.backend.Sampling;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.backend.Tools;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class AnswerStoreTest {
    private static CachedAnswer answer(long bytes) {
        return new CachedAnswer(
                new ChatStarted("m", "1", 3, "r0"),
                List.of(new CachedAnswer.Step.End(0, FinishReason.STOP)),
                new TokenUsage(3, 1),
                bytes);
    }

    private static ChatRequest ask(String... texts) {
        return ChatRequest.of(
                "r",
                "m",
                List.of(texts).stream()
                        .map(text -> new ChatMessage(Role.USER, text))
                        .toList());
    }

    @Test
    void keepsNoMoreThanItsBytesAndLetsTheLeastRecentlyUsedGo() {
        var store = new AnswerStore(300);
        store.put(new AnswerStore.Key("t", "a"), answer(100), 10);
        store.put(new AnswerStore.Key("t", "b"), answer(100), 10);
        store.put(new AnswerStore.Key("t", "c"), answer(100), 10);
        store.get(new AnswerStore.Key("t", "a"), 0);

        assertEquals(
                List.of(new AnswerStore.Key("t", "b"), new AnswerStore.Key("t", "c")),
                store.put(new AnswerStore.Key("t", "d"), answer(200), 10));
        assertEquals(300, store.bytes());
        assertTrue(store.get(new AnswerStore.Key("t", "a"), 0).isPresent());
    }

    @Test
    void givesNothingAfterItsTimeNorToAnotherTenant() {
        var store = new AnswerStore(300);
        store.put(new AnswerStore.Key("t", "a"), answer(100), 10);

        assertEquals(Optional.empty(), store.get(new AnswerStore.Key("other", "a"), 0));
        assertTrue(store.get(new AnswerStore.Key("t", "a"), 9).isPresent());
        assertEquals(Optional.empty(), store.get(new AnswerStore.Key("t", "a"), 10));
        assertEquals(0, store.bytes());
    }

    @Test
    void requestsAreTheSameWhenAnAnswerDependsOnNothingThatDiffers() {
        String digest = RequestDigest.of(ask("one", "two"), "m@1");
        assertEquals(digest, RequestDigest.of(ask("one", "two").withRequestId("other"), "m@1"));
        assertNotEquals(digest, RequestDigest.of(ask("one", "two"), "m@2"));
        assertNotEquals(digest, RequestDigest.of(ask("onet", "wo"), "m@1"));
        assertNotEquals(digest, RequestDigest.of(ask("one", "two").withLimits(LengthLimits.of(5)), "m@1"));
        assertNotEquals(
                digest,
                RequestDigest.of(
                        ask("one", "two").withSampling(Sampling.defaults().withTemperature(0)), "m@1"));
    }

    @Test
    void familiesDifferInAllButTheQuestion() {
        assertEquals(RequestDigest.ofFamily(ask("one", "two"), "m@1"), RequestDigest.ofFamily(ask("one", "2"), "m@1"));
        assertNotEquals(
                RequestDigest.ofFamily(ask("one", "two"), "m@1"), RequestDigest.ofFamily(ask("1", "two"), "m@1"));
        assertEquals(Optional.of("two"), RequestDigest.question(ask("one", "two")));
    }

    @Test
    void answersThatActOrAreDrawnAnewAreNotGivenAgain() {
        var tool = new Tools.Tool.Function("f", "", JsonNodeFactory.instance.objectNode(), false);
        assertTrue(RequestDigest.isCacheable(ask("one")));
        assertFalse(RequestDigest.isCacheable(
                ask("one").withTools(new Tools(List.of(tool), new Tools.Choice.Auto(), true))));
        assertFalse(RequestDigest.isCacheable(ask("one").withChoices(2)));
        assertTrue(RequestDigest.isCacheable(
                ask("one").withChoices(2).withSampling(Sampling.defaults().withSeed(1))));
    }

    @Test
    void gathersAnAnswerInPiecesAndGivesUpOnOneThatIsTooLarge() {
        var gathering = new CachedAnswer.Gathering(10_000);
        gathering.start(new ChatStarted("m", "1", 3, "r0"));
        for (int i = 0; i < 40; i++) {
            gathering.more(0, new ChatDelta.Text("w" + i + " ", 1));
        }
        gathering.end(0, FinishReason.STOP);
        CachedAnswer whole = gathering.whole(new TokenUsage(3, 40));

        assertTrue(whole != null && whole.steps().size() == 4);
        assertEquals(
                "w0 w39 ",
                whole.steps().stream()
                        .map(step -> step instanceof CachedAnswer.Step.More more
                                ? more.delta().text()
                                : "")
                        .collect(Collectors.joining())
                        .replaceAll("w(?!0 |39 )\\d+ ", ""));
        var large = new CachedAnswer.Gathering(1_000);
        large.start(new ChatStarted("m", "1", 3, "r0"));
        large.more(0, new ChatDelta.Text("x".repeat(1_000), 1));
        assertEquals(null, large.whole(new TokenUsage(3, 1)));
    }
}
