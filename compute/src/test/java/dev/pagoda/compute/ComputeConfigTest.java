package dev.pagoda.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.fleet.Node;
import dev.pagoda.compute.fleet.NodeGroup;
import dev.pagoda.compute.placement.Strategy;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ComputeConfigTest {
    private static final AcceleratorCatalogue CATALOGUE = AcceleratorCatalogue.shipped();

    @Test
    void namesNodesByPrefixAndNumber() {
        List<String> ids =
                ComputeConfig.defaults().fleet(CATALOGUE).stream().map(Node::id).toList();
        assertEquals(List.of("h100-0", "h100-1", "ascend-0", "mi300x-0", "l20-0"), ids);
    }

    @Test
    void refusesAnUnknownAcceleratorAndNamesTheNearest() {
        var config = new ComputeConfig(List.of(new NodeGroup(1, "a", "mi300", 8, 512)), Strategy.SPREAD);
        var error = assertThrows(IllegalArgumentException.class, () -> config.fleet(CATALOGUE));
        assertEquals("accelerator mi300 is not in the catalogue; the nearest is mi300x", error.getMessage());
    }

    @Test
    void refusesTwoGroupsThatMakeOneName() {
        var group = new NodeGroup(1, "a", "l20", 4, 512);
        var config = new ComputeConfig(List.of(group, group), Strategy.BINPACK);
        var error = assertThrows(IllegalArgumentException.class, () -> config.fleet(CATALOGUE));
        assertEquals("two nodes are named a-0; node groups need prefixes that keep them apart", error.getMessage());
    }

    @Test
    void refusesCountsOutsideTheirBounds() {
        assertThrows(IllegalArgumentException.class, () -> new NodeGroup(0, "a", "l20", 4, 512));
        assertThrows(IllegalArgumentException.class, () -> new NodeGroup(1, "a", "l20", -4, 512));
        assertThrows(IllegalArgumentException.class, () -> new NodeGroup(1, "a", "l20", 2_000_000_000, 512));
        assertThrows(IllegalArgumentException.class, () -> new NodeGroup(1, "A b", "l20", 4, 512));
        assertThrows(IllegalArgumentException.class, () -> new NodeGroup(1, "a", "l20", 4, 0));
    }
}
