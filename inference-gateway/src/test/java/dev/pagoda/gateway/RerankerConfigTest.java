package dev.pagoda.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RerankerConfigTest {
    private static RerankerConfig named(String name) {
        return new RerankerConfig(name, "models", null, null);
    }

    @Test
    void readsTheTokensThatTheseModelsWereTrainedWithUnlessToldOtherwise() {
        assertEquals(512, named("a").tokens());
        assertEquals(2048, new RerankerConfig("a", "models", null, 2048).tokens());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a/", "-a", "é"})
    void refusesNamesThatClientsCannotWrite(String name) {
        assertThrows(IllegalArgumentException.class, () -> named(name));
    }

    @ParameterizedTest
    @ValueSource(ints = {15, 2049})
    void refusesLengthsOutsideTheirBounds(int maxTokens) {
        assertThrows(IllegalArgumentException.class, () -> new RerankerConfig("a", "models", null, maxTokens));
    }

    @Test
    void namesAreDistinctWithoutCaseAndOrganisation() {
        GatewayConfig defaults = GatewayConfig.defaults();
        assertEquals(
                "two rerankers have the name a/TINY",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> defaults.withRerankers(List.of(named("tiny"), named("a/TINY"))))
                        .getMessage());
        List<RerankerConfig> many = Collections.nCopies(17, named("tiny"));
        assertThrows(IllegalArgumentException.class, () -> defaults.withRerankers(many));
    }
}
