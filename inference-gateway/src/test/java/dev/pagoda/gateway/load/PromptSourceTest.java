package dev.pagoda.gateway.load;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.EncodingType;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PromptSourceTest {
    @Test
    void aPromptHasExactlyTheTokensAskedFor() {
        var encoding = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.CL100K_BASE);
        for (int tokens : new int[] {1, 40, 1_000}) {
            String prompt =
                    new PromptSource(Plans.closed(1, 1).promptTokens(tokens).plan()).nextPrompt();

            assertEquals(tokens, encoding.countTokens(prompt));
        }
    }

    @Test
    void bodiesRepeatBySeedAndDifferWithinARun() {
        var first = new PromptSource(Plans.closed(1, 1).plan());
        var again = new PromptSource(Plans.closed(1, 1).plan());
        byte[] body = first.nextBody();

        assertArrayEquals(body, again.nextBody());
        assertFalse(Arrays.equals(body, first.nextBody()));
    }
}
