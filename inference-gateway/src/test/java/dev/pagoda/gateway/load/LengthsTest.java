package dev.pagoda.gateway.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LengthsTest {
    private static int[] drawn(String text) {
        Lengths lengths = Lengths.parse(text);
        var random = new SplittableRandom(5);
        return IntStream.range(0, 20_000)
                .map(i -> lengths.draw(random))
                .sorted()
                .toArray();
    }

    @Test
    void drawsWhatItsNameSays() {
        assertEquals(7, drawn("7")[19_999]);
        int[] uniform = drawn("100-400");
        assertEquals(100, uniform[0]);
        assertEquals(400, uniform[19_999]);
        assertEquals(250, uniform[10_000], 8);
        int[] normal = drawn("normal:300:80");
        assertEquals(300, normal[10_000], 4);
        assertEquals(380, normal[(int) (20_000 * .8413)], 6);
        int[] logNormal = drawn("lognormal:200:0.8");
        assertEquals(200, logNormal[10_000], 6);
        assertEquals(200 * Math.exp(.8), logNormal[(int) (20_000 * .8413)], 20);
        assertTrue(drawn("normal:5:50")[0] >= 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-5", "x", "9-3", "0-4", "normal:5", "normal:0:1", "lognormal:5:x", "99999999"})
    void refusesWhatIsNone(String text) {
        assertThrows(IllegalArgumentException.class, () -> Lengths.parse(text));
    }
}
