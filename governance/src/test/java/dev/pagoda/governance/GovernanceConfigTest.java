package dev.pagoda.governance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.pagoda.governance.metering.TierPrices;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GovernanceConfigTest {
    @Test
    void refusesBoundsOfZero() {
        var refusal = assertThrows(
                IllegalArgumentException.class,
                () -> new GovernanceConfig(1, 1, 1, 0, 1, Map.of(), TierPrices.defaults()));

        assertEquals("maxKeysPerTenant 0 is outside 1..10000", refusal.getMessage());
    }

    @Test
    void defaultsAreWithinTheBounds() {
        assertEquals(1_000, GovernanceConfig.defaults().maxTenants());
    }
}
