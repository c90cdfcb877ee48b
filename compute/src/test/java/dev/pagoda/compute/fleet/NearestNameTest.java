package dev.pagoda.compute.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class NearestNameTest {
    @Test
    void countsInsertionsDeletionsAndChanges() {
        assertEquals(Optional.of("h100-sxm"), NearestName.of("h100sxm", List.of("h200-sxm", "h100-sxm", "l20")));
    }

    @Test
    void takesTheAlphabeticallyFirstOfEquals() {
        assertEquals(Optional.of("ab"), NearestName.of("aa", List.of("ac", "ab")));
        assertEquals(Optional.empty(), NearestName.of("aa", List.of()));
    }
}
