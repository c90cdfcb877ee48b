package dev.pagoda.gateway.load;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.EncodingType;
import dev.pagoda.gateway.engine.Prompt;
import dev.pagoda.gateway.study.TimedRequest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PromptSourceTest {
    @Test
    void aPromptHasExactlyTheTokensAskedFor() {
        var encoding = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.CL100K_BASE);
        for (int tokens : new int[] {1, 40, 1_000}) {
            String prompt = new PromptSource(
                            Plans.closed(1, 1).promptTokens(tokens).plan())
                    .next()
                    .prompt();

            assertEquals(tokens, encoding.countTokens(prompt));
        }
    }

    @Test
    void bodiesRepeatBySeedAndDifferWithinARun() {
        var first = new PromptSource(Plans.closed(1, 1).plan());
        var again = new PromptSource(Plans.closed(1, 1).plan());
        byte[] body = body(first);

        assertArrayEquals(body, body(again));
        assertFalse(Arrays.equals(body, body(first)));
    }

    private static byte[] body(PromptSource source) {
        return source.body(source.conversation(), source.next());
    }

    @Test
    void promptsShareTheirBeginningsAndNothingElse() {
        var content = new Content(new Lengths.Uniform(60, 90), new Lengths.LogNormal(100, .8), 40, 2, 1, Duration.ZERO);
        var source = new PromptSource(Plans.closed(1, 1).with(content).plan());
        Set<String> beginnings = new HashSet<>();
        Set<String> prompts = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            PromptSource.Ask ask = source.next();
            List<String> words = List.of(ask.prompt().strip().split(" ", -1));
            assertTrue(words.size() >= 60 && words.size() <= 90, "words " + words.size());
            assertTrue(ask.maxTokens() >= 1);
            beginnings.add(String.join(" ", words.subList(0, 40)));
            prompts.add(ask.prompt());
        }

        assertEquals(2, beginnings.size());
        assertEquals(200, prompts.size());
    }

    @Test
    void aReplayedTraceHasItsLengthsAndItsSharedPrefixes() {
        var one = new TimedRequest(0, Prompt.ofPieces(100, new long[] {1, 2}, 64), 7);
        var two = new TimedRequest(1, Prompt.ofPieces(120, new long[] {1, 3}, 64), 9);
        var source = new PromptSource(Plans.closed(1, 1)
                .arriving(new Arrivals.Replay(List.of(one, two), 1))
                .plan());
        PromptSource.Ask first = source.next();
        PromptSource.Ask second = source.next();
        List<String> firstWords = List.of(first.prompt().strip().split(" ", -1));
        List<String> secondWords = List.of(second.prompt().strip().split(" ", -1));

        assertEquals(100, firstWords.size());
        assertEquals(120, secondWords.size());
        assertEquals(7, first.maxTokens());
        assertEquals(firstWords.subList(0, 64), secondWords.subList(0, 64));
        assertFalse(firstWords.subList(64, 96).equals(secondWords.subList(64, 96)));
    }
}
