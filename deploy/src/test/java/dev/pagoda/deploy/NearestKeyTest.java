package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestKeyTest {
    private static final List<String> STORE = List.of("store.url", "store.readers");
    private static final List<String> ALL =
            List.of("http", "http.host", "http.port", "store", "store.url", "store.readers");

    @Test
    void prefersASiblingSpelledAlike() {
        assertEquals("store.readers", NearestKey.to("store.reader", STORE, ALL));
        assertEquals("store.readers", NearestKey.to("store.Readers", STORE, ALL));
    }

    @Test
    void findsTheSameNameElsewhere() {
        assertEquals("http.port", NearestKey.to("store.port", STORE, ALL));
    }

    @Test
    void fallsBackToTheNearestSibling() {
        assertEquals("store.url", NearestKey.to("store.jdbc", STORE, ALL));
    }

    @Test
    void measuresLevenshteinsDistance() {
        assertEquals(3, NearestKey.distance("kitten", "sitting"));
        assertEquals(2, NearestKey.distance("prot", "port"));
        assertEquals(0, NearestKey.distance("maxWait", "maxwait"));
        assertEquals(4, NearestKey.distance("", "port"));
    }
}
