package dev.pagoda.gateway.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WaitTextTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0s",
        "1, 1ms",
        "644000000, 644ms",
        "1000000000, 1s",
        "9816000000, 9.816s",
        "20400000000, 20.4s",
        "60000000000, 1m0s",
        "60500000000, 1m0.5s",
        "3600000000000, 1h0m0s",
        "90061001000000, 25h1m1.001s",
        "-5, 0s"
    })
    void writesTimesAsOpenAiDoes(long nanos, String text) {
        assertEquals(text, WaitText.of(nanos));
    }
}
