package dev.pagoda.governance.authz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.SecureRandom;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ApiKeyTest {
    private final ApiKey key = ApiKey.random(new SecureRandom());

    @Test
    void hasAPublicIdAndASecretOf256Bits() {
        assertTrue(key.text().matches("pgd-[0-9a-f]{16}[A-Za-z0-9_-]{43}"));
        assertEquals(key.text().substring(0, 20), key.id());
        assertNotEquals(key, ApiKey.random(new SecureRandom()));
    }

    @Test
    void isReadBackFromItsText() {
        assertEquals(Optional.of(key), ApiKey.parse(key.text()));
    }

    @Test
    void refusesEveryOtherForm() {
        assertEquals(Optional.empty(), ApiKey.parse(""));
        assertEquals(Optional.empty(), ApiKey.parse("sk-" + key.text()));
        assertEquals(Optional.empty(), ApiKey.parse(key.text() + "x"));
        assertEquals(Optional.empty(), ApiKey.parse(key.text().substring(0, 62)));
        assertEquals(Optional.empty(), ApiKey.parse(key.text().substring(0, 62) + "\u00fc"));
        assertThrows(IllegalArgumentException.class, () -> new ApiKey("pgd-short"));
    }

    @Test
    void doesNotPrintItsSecret() {
        assertFalse(key.toString().contains(key.text().substring(20)));
    }
}
