package dev.pagoda.compute.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class QuantityTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "+3, 3",
        "-0, 0",
        "500m, 0.5",
        "1.5, 1.5",
        ".5, 0.5",
        "5., 5",
        "250u, 0.00025",
        "7n, 0.000000007",
        "2k, 2000",
        "3M, 3000000",
        "1G, 1000000000",
        "2T, 2000000000000",
        "1P, 1000000000000000",
        "2E, 2000000000000000000",
        "1Ki, 1024",
        "1.5Mi, 1572864",
        "16Gi, 17179869184",
        "1Ti, 1099511627776",
        "1Pi, 1125899906842624",
        "1Ei, 1152921504606846976",
        "1e3, 1000",
        "1E3, 1000",
        "12e-1, 1.2",
        "1e+2, 100"
    })
    void readsTheNotationOfKubernetes(String text, BigDecimal value) {
        assertEquals(0, value.compareTo(Quantity.parse("cpu", text).value()), text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "1.2.3", "1 Gi", "1GB", "1gi", "1KI", "0x10", "1e", "1e100", "NaN", "1_000", "１"})
    void saysWhatAQuantityLooksLike(String text) {
        var error = assertThrows(IllegalArgumentException.class, () -> Quantity.parse("memory", text));
        assertEquals(
                "memory is \"" + text + "\", expected a Kubernetes quantity such as 2, 500m, 16Gi or 1e3",
                error.getMessage());
    }

    @Test
    void refusesWhatIsNegativeOrTooLarge() {
        assertMessage("cpu is -1, below 0", "-1");
        assertMessage("cpu is -1m, below 0", "-1m");
        assertMessage("cpu is 8Ei, not below 2^63", "8Ei");
        assertMessage("cpu is 1e19, not below 2^63", "1e19");
        assertMessage(
                "cpu is \"1111111111111111111111111111111111111111...\", expected a Kubernetes quantity such as 2, 500m,"
                        + " 16Gi or 1e3",
                "1".repeat(1_000));
    }

    @Test
    void roundsUpToTheUnit() {
        assertEquals(1, Quantity.parse("cpu", "1n").roundedUp("cpu", new BigDecimal("0.001"), "m", 10));
        assertEquals(2, Quantity.parse("memory", "1048577").roundedUp("memory", new BigDecimal(1 << 20), "MiB", 10));
        assertEquals(1_000, Quantity.parse("x", "1000m").roundedUp("x", new BigDecimal("0.001"), "m", 1_000));
    }

    @Test
    void takesAFractionForWholeOnlyWhenItIsWhole() {
        assertEquals(2, Quantity.parse("x", "2000m").whole("x", "devices", 9));
        assertEquals(3_000, Quantity.parse("x", "3k").whole("x", "MiB", 9_999));
        var error = assertThrows(
                IllegalArgumentException.class,
                () -> Quantity.parse("x", "1500m").whole("x", "devices", 9));
        assertEquals("x is 1500m, expected a whole number of devices, 0 to 9", error.getMessage());
    }

    @Test
    void noTextBreaksIt() {
        var random = new SplittableRandom(3);
        String alphabet = "0123456789.+-eEKMGTPimnuk \t";
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(12); length > 0; length--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                Quantity quantity = Quantity.parse("x", text.toString());
                assertEquals(true, quantity.value().signum() >= 0);
            } catch (IllegalArgumentException e) {
                assertEquals(true, String.valueOf(e.getMessage()).startsWith("x is "), e.getMessage());
            }
        }
    }

    private static void assertMessage(String message, String text) {
        var error = assertThrows(IllegalArgumentException.class, () -> Quantity.parse("cpu", text));
        assertEquals(message, error.getMessage());
    }
}
