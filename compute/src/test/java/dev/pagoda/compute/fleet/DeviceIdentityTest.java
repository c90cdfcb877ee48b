package dev.pagoda.compute.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DeviceIdentityTest {
    private static final AcceleratorCatalogue CATALOGUE = AcceleratorCatalogue.shipped();

    @Test
    void looksAsDcgmPrintsIt() {
        DeviceIdentity device = DeviceIdentity.of(nodes("h100-sxm", 8).getFirst(), 5);
        assertEquals("NVIDIA H100 80GB HBM3", device.modelName());
        assertEquals("nvidia5", device.device());
        assertEquals("00000000:AF:00.0", device.pciBusId());
        assertTrue(device.uuid().matches("GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), device.uuid());
        assertEquals("n-0", device.hostname());
    }

    @Test
    void noTwoDevicesHaveOneNameOrAddress() {
        Set<String> uuids = new HashSet<>();
        for (Node node : nodes("ascend-910c", 64)) {
            Set<String> addresses = new HashSet<>();
            for (int i = 0; i < node.devices(); i++) {
                DeviceIdentity device = DeviceIdentity.of(node, i);
                assertTrue(uuids.add(device.uuid()));
                assertTrue(addresses.add(device.pciBusId()), device.pciBusId());
                assertTrue(device.pciBusId().matches("[0-9A-F]{8}:[0-9A-F]{2}:00\\.0"), device.pciBusId());
                assertEquals(device, DeviceIdentity.of(node, i));
            }
        }
    }

    @Test
    void everyAcceleratorHasAModelName() {
        for (var spec : CATALOGUE.all()) {
            Node node = new Node("n", spec, 1, 1);
            assertTrue(DeviceIdentity.of(node, 0).modelName().length() > 3, spec.id());
        }
    }

    /// `nvidia-smi mig -lgi` on an A100: the whole is 0, halves 1 and 2, quarters 3 to 6, eighths from 7.
    @ParameterizedTest
    @CsvSource({
        "a100-sxm-40g, 7g.40gb, 0, 0",
        "a100-sxm-40g, 4g.20gb, 0, 1",
        "a100-sxm-40g, 3g.20gb, 4, 2",
        "a100-sxm-40g, 2g.10gb, 4, 5",
        "a100-sxm-40g, 1g.10gb, 6, 6",
        "a100-sxm-40g, 1g.5gb+me, 0, 7",
        "a100-sxm-40g, 1g.5gb, 6, 13",
        "rtx-pro-6000, 4g.96gb, 0, 0",
        "rtx-pro-6000, 2g.48gb, 2, 2",
        "rtx-pro-6000, 1g.24gb+me.all, 3, 6",
        "rtx-pro-6000, 1g.24gb-me, 0, 3"
    })
    void numbersInstancesAsDriversDo(String accelerator, String profile, int start, int id) {
        Node node = nodes(accelerator, 1).getFirst();
        PartitionScheme mig = PartitionSchemes.named(node.accelerator(), "mig");
        long slots = mig.placements(mig.indexOf(profile), 0).stream()
                .filter(mask -> Long.numberOfTrailingZeros(mask) == start)
                .findFirst()
                .orElseThrow();
        var instance = DeviceIdentity.of(node, 0).instance(mig, profile, slots);
        assertEquals(id, instance.instanceId());
        assertEquals(profile, instance.profile());
        assertTrue(instance.uuid().startsWith("MIG-"));
    }

    @Test
    void refusesInstancesWhereNoneCanBe() {
        Node node = nodes("h100-sxm", 1).getFirst();
        PartitionScheme mig = PartitionSchemes.named(node.accelerator(), "mig");
        DeviceIdentity device = DeviceIdentity.of(node, 0);
        assertThrows(IllegalArgumentException.class, () -> device.instance(mig, "2g.20gb", 0b110));
        assertThrows(IllegalArgumentException.class, () -> device.instance(mig, "2g.10gb", 0b11));
        assertThrows(IndexOutOfBoundsException.class, () -> DeviceIdentity.of(node, 1));
    }

    private static List<Node> nodes(String accelerator, int devices) {
        return new NodeGroup(2, "n", accelerator, devices, 512).nodes(CATALOGUE);
    }
}
