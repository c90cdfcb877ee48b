package dev.pagoda.compute.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class NearestNameTest {
    @Test
    void countsInsertionsDeletionsAndChanges() {
        assertEquals(3, NearestName.distance("kitten", "sitting"));
        assertEquals(4, NearestName.distance("", "abcd"));
        assertEquals(0, NearestName.distance("same", "same"));
    }

    @Test
    void takesTheAlphabeticallyFirstOfEquals() {
        assertEquals(Optional.of("ab"), NearestName.of("aa", List.of("ac", "ab")));
        assertEquals(Optional.empty(), NearestName.of("aa", List.of()));
    }
}
