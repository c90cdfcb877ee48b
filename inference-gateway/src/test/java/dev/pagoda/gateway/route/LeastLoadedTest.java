package dev.pagoda.gateway.route;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LeastLoadedTest {
    @Test
    void picksTheLeastLoaded() {
        Map<String, Integer> loads = Map.of("a", 3, "b", 1, "c", 2);

        assertEquals(Optional.of("b"), new LeastLoaded<String>().pick(List.of("a", "b", "c"), loads::get));
    }

    @Test
    void equalsTakeTurns() {
        var route = new LeastLoaded<String>();
        List<String> candidates = List.of("a", "b", "c");
        var picks = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            picks.append(route.pick(candidates, candidate -> 0).orElseThrow());
        }

        assertEquals("abcabc", picks.toString());
    }

    @Test
    void picksNobodyFromNobody() {
        assertEquals(Optional.empty(), new LeastLoaded<String>().pick(List.of(), candidate -> 0));
    }
}
