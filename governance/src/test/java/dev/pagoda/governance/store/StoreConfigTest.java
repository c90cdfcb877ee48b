package dev.pagoda.governance.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class StoreConfigTest {
    @Test
    void absentTextsAreEmpty() {
        var config = new StoreConfig(null, null, null, 1, 1, 1);

        assertEquals("", config.url() + config.user() + config.password());
    }

    @Test
    void refusesUrlsOfOtherDatabases() {
        assertThrows(IllegalArgumentException.class, () -> new StoreConfig("jdbc:h2:mem:x", "", "", 1, 1, 1));
    }

    @Test
    void refusesValuesOutsideTheirBounds() {
        var refusal = assertThrows(IllegalArgumentException.class, () -> new StoreConfig("", "", "", 0, 1, 1));

        assertEquals("readers 0 is outside 1..64", refusal.getMessage());
        assertThrows(IllegalArgumentException.class, () -> new StoreConfig("", "", "", 1, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new StoreConfig("", "", "", 1, 1, 10_001));
    }

    @Test
    void doesNotPrintThePassword() {
        assertFalse(new StoreConfig("", "u", "secret-word", 1, 1, 1).toString().contains("secret-word"));
    }
}
