package dev.pagoda.compute.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.api.AcceleratorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class PartitionSchemesTest {
    private static final AcceleratorCatalogue CATALOGUE = AcceleratorCatalogue.shipped();
    private static final long GIB = 1L << 30;

    /// The last column of NVIDIA's tables: how many instances of a profile one device can hold.
    @ParameterizedTest
    @CsvSource({
        "a30-24gb, 1g.6gb 4 1g.6gb+me 1 2g.12gb 2 2g.12gb+me 1 4g.24gb 1",
        "a100-40gb, 1g.5gb 7 1g.5gb+me 1 1g.10gb 4 2g.10gb 3 3g.20gb 2 4g.20gb 1 7g.40gb 1",
        "a100-80gb, 1g.10gb 7 1g.10gb+me 1 1g.20gb 4 2g.20gb 3 3g.40gb 2 4g.40gb 1 7g.80gb 1",
        "h100-80gb, 1g.10gb 7 1g.10gb+me 1 1g.20gb 4 2g.20gb 3 3g.40gb 2 4g.40gb 1 7g.80gb 1",
        "h100-94gb, 1g.12gb 7 1g.12gb+me 1 1g.24gb 4 2g.24gb 3 3g.47gb 2 4g.47gb 1 7g.94gb 1",
        "h100-96gb, 1g.12gb 7 1g.12gb+me 1 1g.24gb 4 2g.24gb 3 3g.48gb 2 4g.48gb 1 7g.96gb 1",
        "h20-96gb, 1g.12gb 7 1g.12gb+me 1 1g.24gb 4 2g.24gb 3 3g.48gb 2 4g.48gb 1 7g.96gb 1",
        "h200-141gb, 1g.18gb 7 1g.18gb+me 1 1g.35gb 4 2g.35gb 3 3g.71gb 2 4g.71gb 1 7g.141gb 1",
        "b200-180gb, 1g.23gb 7 1g.23gb+me 1 1g.45gb 4 2g.45gb 3 3g.90gb 2 4g.90gb 1 7g.180gb 1",
        "gb200-186gb, 1g.23gb 7 1g.23gb+me 1 1g.47gb 4 2g.47gb 3 3g.93gb 2 4g.93gb 1 7g.186gb 1",
        "rtx-pro-6000-96gb, 1g.24gb 4 1g.24gb+me 1 1g.24gb+gfx 4 1g.24gb+me.all 1 1g.24gb-me 4 2g.48gb 2 2g.48gb+gfx 2"
                + " 2g.48gb+me.all 1 2g.48gb-me 2 4g.96gb 1 4g.96gb+gfx 1"
    })
    void holdsAsManyInstancesOfEachMigProfileAsNvidiaSays(String product, String published) {
        PartitionScheme mig = PartitionSchemes.mig(product, 186 * GIB);
        StringBuilder counted = new StringBuilder();
        for (int profile = 0; profile < mig.profiles().size(); profile++) {
            counted.append(mig.profiles().get(profile).name())
                    .append(' ')
                    .append(mig.room(profile, 0))
                    .append(' ');
        }
        assertEquals(published, counted.toString().strip());
    }

    @Test
    void knowsATableForEveryProductItNames() {
        assertEquals(11, PartitionSchemes.migProducts().size());
        var error = assertThrows(IllegalArgumentException.class, () -> PartitionSchemes.mig("h100-81gb", GIB));
        assertEquals("no MIG table for h100-81gb; the nearest is h100-80gb", error.getMessage());
    }

    /// What `nvidia-smi mig -lgipp` prints, for every product with eight memory slices.
    @ParameterizedTest
    @CsvSource({
        "1g.10gb, 0 1 2 3 4 5 6, 1",
        "1g.20gb, 0 2 4 6, 2",
        "2g.20gb, 0 2 4, 2",
        "3g.40gb, 0 4, 4",
        "4g.40gb, 0, 4",
        "7g.80gb, 0, 8"
    })
    void placesMigInstancesWhereNvidiaSmiSays(String profile, String starts, int size) {
        PartitionScheme mig = mode("h100-sxm", "mig");
        List<String> found = mig.placements(mig.indexOf(profile), 0).stream()
                .map(mask -> mask & 0xFF)
                .peek(memory -> assertEquals(size, Long.bitCount(memory)))
                .map(memory -> Integer.toString(Long.numberOfTrailingZeros(memory)))
                .toList();
        assertEquals(starts, String.join(" ", found));
    }

    @Test
    void overlappingInstancesExcludeEachOther() {
        PartitionScheme mig = mode("a100-sxm-40g", "mig");
        assertEquals("3g.20gb 4g.20gb", packed(mig, "4g.20gb", "3g.20gb", "1g.5gb"));
        assertEquals("4g.20gb", packed(mig, "4g.20gb", "4g.20gb"));
        assertEquals("7g.40gb", packed(mig, "7g.40gb", "1g.5gb"));
        assertEquals("1g.5gb 1g.5gb 1g.5gb 4g.20gb", packed(mig, "4g.20gb", "1g.5gb", "1g.5gb", "1g.5gb", "1g.5gb"));
    }

    @Test
    void twoThreeSliceInstancesUseAllMemoryThoughAComputeSliceIsLeft() {
        assertEquals("3g.40gb 3g.40gb", packed(mode("h100-sxm", "mig"), "3g.40gb", "3g.40gb", "1g.10gb"));
    }

    @Test
    void onlyOneInstanceHasTheMediaEngines() {
        PartitionScheme mig = mode("a100-sxm-80g", "mig");
        assertEquals("1g.10gb+me 2g.20gb", packed(mig, "1g.10gb+me", "2g.20gb", "1g.10gb+me"));
        PartitionScheme rtx = mode("rtx-pro-6000", "mig");
        assertEquals(
                "1g.24gb+me.all 1g.24gb-me 2g.48gb-me",
                packed(rtx, "1g.24gb+me.all", "1g.24gb", "1g.24gb-me", "2g.48gb", "2g.48gb-me"));
    }

    @Test
    void keepsRoomForLargeInstancesWhenItPlacesSmallOnes() {
        PartitionScheme mig = mode("a100-sxm-40g", "mig");
        long one = mig.place(mig.indexOf("1g.5gb"), 0);
        assertEquals(1L << 6, one);
        assertTrue(mig.fits(mig.indexOf("4g.20gb"), one));
        assertEquals(0xF0, mig.place(mig.indexOf("3g.20gb"), 0));
    }

    @ParameterizedTest
    @MethodSource("divided")
    void noPackingGivesMoreThanTheDeviceHas(AcceleratorSpec spec, PartitionScheme mode) {
        var random = new SplittableRandom(7);
        for (int run = 0; run < 300; run++) {
            long occupied = 0;
            long bytes = 0;
            int milli = 0;
            List<Long> masks = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                int profile = random.nextInt(mode.profiles().size());
                long mask = mode.place(profile, occupied);
                assertEquals(mask != 0, mode.fits(profile, occupied));
                if (mask == 0) {
                    continue;
                }
                assertEquals(0, mask & occupied, "slots given twice");
                assertEquals(0, mask & ~mode.slots(), "slots that the device does not have");
                assertTrue(mode.isPlacement(profile, mask));
                masks.add(mask);
                occupied |= mask;
                bytes += mode.profiles().get(profile).memoryBytes();
                milli += mode.profiles().get(profile).computeMilli();
            }
            assertTrue(bytes <= spec.memory().bytes(), () -> spec.id() + " " + mode + " " + masks);
            // sevenths are rounded to thousandths
            assertTrue(milli <= 1_002, spec.id() + " " + mode + " " + milli);
            long left = occupied;
            for (long mask : masks) {
                left ^= mask;
            }
            assertEquals(0, left, "slots lost");
        }
    }

    /// An oracle that knows only intervals of memory slices: every set of instances that it allows can be
    /// built, and every set that it forbids cannot, whatever the order.
    @Test
    void allowsExactlyTheSetsOfPlacesThatDoNotOverlap() {
        PartitionScheme mig = mode("a100-sxm-40g", "mig");
        Map<String, int[]> places = Map.of(
                "1g.5gb", new int[] {1, 0, 1, 2, 3, 4, 5, 6},
                "1g.10gb", new int[] {2, 0, 2, 4, 6},
                "2g.10gb", new int[] {2, 0, 2, 4},
                "3g.20gb", new int[] {4, 0, 4},
                "4g.20gb", new int[] {4, 0},
                "7g.40gb", new int[] {8, 0});
        for (int occupied = 0; occupied < 256; occupied++) {
            for (Map.Entry<String, int[]> entry : places.entrySet()) {
                List<Long> free = new ArrayList<>();
                int size = entry.getValue()[0];
                for (int i = 1; i < entry.getValue().length; i++) {
                    boolean isFree = true;
                    for (int slice = 0; slice < size; slice++) {
                        isFree &= (occupied >> (entry.getValue()[i] + slice) & 1) == 0;
                    }
                    if (isFree) {
                        free.add(((1L << size) - 1) << entry.getValue()[i]);
                    }
                }
                int profile = mig.indexOf(entry.getKey());
                List<Long> found = mig.placements(profile, occupied).stream()
                        .map(mask -> mask & 0xFF)
                        .toList();
                assertEquals(free, found, entry.getKey() + " on " + Integer.toBinaryString(occupied));
            }
        }
    }

    @Test
    void templatesOfThe310pShareItsSevenCpus() {
        PartitionScheme vnpu = mode("ascend-310p3", "vnpu");
        assertEquals(7, vnpu.room(vnpu.indexOf("vir01"), 0));
        assertEquals("vir04", packed(vnpu, "vir04", "vir04"));
        assertEquals("vir04 vir04_3c", packed(vnpu, "vir04", "vir04_3c"));
        assertEquals(4, vnpu.room(vnpu.indexOf("vir02_1c"), 0));
        assertEquals(3, vnpu.room(vnpu.indexOf("vir02"), 0));
    }

    @Test
    void templateWithAllImageEnginesLeavesNoneToOthers() {
        PartitionScheme vnpu = mode("ascend-310p3", "vnpu");
        assertEquals("vir04_3c_ndvpp vir04_4c_dvpp", packed(vnpu, "vir04_4c_dvpp", "vir04_3c", "vir04_3c_ndvpp"));
    }

    @Test
    void coresOfATemplateNeedNotBeNeighbours() {
        PartitionScheme vnpu = mode("ascend-910b3", "vnpu");
        int five = vnpu.indexOf("vir05_1c_16g");
        long first = vnpu.place(five, 0);
        long second = vnpu.place(five, first);
        long third = vnpu.place(five, first | second);
        long holes = second;
        assertEquals(0, first & third);
        assertNotEquals(0, vnpu.place(vnpu.indexOf("vir10_3c_32g"), holes));
        assertEquals(3, vnpu.room(five, holes));
    }

    @ParameterizedTest
    @CsvSource({
        "ascend-910b2, vir03_1c_8g, 6",
        "ascend-910b2, vir06_1c_16g, 4",
        "ascend-910b2, vir12_3c_32g, 2",
        "ascend-910b3, vir05_1c_16g, 4",
        "ascend-910b3, vir10_3c_32g, 2",
        "ascend-910b4, vir05_1c_8g, 4",
        "ascend-910b4, vir10_3c_16g, 2",
        "ascend-910b4, vir10_4c_16g_m, 1",
        "ascend-910c, vir05_1c_16g, 8",
        "ascend-910c, vir10_3c_32g, 4",
        "mi300x, spx_nps1, 1",
        "mi300x, dpx_nps1, 2",
        "mi300x, qpx_nps4, 4",
        "mi300x, cpx_nps1, 8",
        "mi300x, cpx_nps4, 8",
        "mi250x, gcd, 2",
        "enflame-t21, 3g.16gb, 2"
    })
    void holdsSoManyPartitions(String accelerator, String profile, int count) {
        PartitionScheme mode = PartitionSchemes.withProfile(CATALOGUE.get(accelerator), profile);
        assertEquals(count, mode.room(mode.indexOf(profile), 0));
    }

    @Test
    void firstAscendHoldsFifteenOfItsSmallestTemplate() {
        PartitionScheme vnpu = PartitionSchemes.ascend910a();
        assertEquals(15, vnpu.room(vnpu.indexOf("vir02"), 0));
        assertEquals("vir08 vir16", packed(vnpu, "vir16", "vir08", "vir08"));
    }

    @Test
    void partitionsOfAnMi300xShareItsMemoryEvenly() {
        for (PartitionScheme mode : PartitionSchemes.of(CATALOGUE.get("mi300x"))) {
            assertEquals(192 * GIB, mode.room(0, 0) * mode.profiles().getFirst().memoryBytes(), mode.name());
            assertFalse(mode.kind().isDynamic());
        }
        assertEquals(24 * GIB, mode("mi300x", "cpx_nps4").profile("cpx_nps4").memoryBytes());
    }

    @Test
    void timeSlicingGivesTurnsAndNoIsolation() {
        PartitionScheme turns = mode("t4", "time-slicing-4");
        assertEquals(4, turns.room(0, 0));
        assertFalse(turns.kind().isolatesMemory());
        assertTrue(mode("t4", "mps-8").kind().isolatesMemory());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "t4|time-slicing-1|mode time-slicing-1 is outside 2 to 48 turns",
                "t4|mps-many|mode mps-many is not mps- and a number",
                "t4|mig|accelerator t4 has no mode mig; its modes are whole, time-slicing-N, mps-N",
                "gaudi3|time-slicing-4|accelerator gaudi3 has no mode time-slicing-4; its modes are whole",
                "mi300x|cpx|accelerator mi300x has no mode cpx; its modes are whole, spx_nps1, dpx_nps1, qpx_nps1,"
                        + " qpx_nps4, cpx_nps1, cpx_nps4"
            })
    void saysWhichModesThereAre(String accelerator, String mode, String message) {
        var error = assertThrows(IllegalArgumentException.class, () -> mode(accelerator, mode));
        assertEquals(message, error.getMessage());
    }

    @Test
    void namesTheNearestProfile() {
        AcceleratorSpec h100 = CATALOGUE.get("h100-sxm");
        var error = assertThrows(IllegalArgumentException.class, () -> PartitionSchemes.withProfile(h100, "1g.5gb"));
        assertTrue(String.valueOf(error.getMessage())
                .startsWith("accelerator h100-sxm has no partition profile 1g.5gb; the nearest is"));
        var inMode = assertThrows(
                IllegalArgumentException.class, () -> mode("h100-sxm", "mig").profile("8g.80gb"));
        assertEquals("mode mig has no partition profile 8g.80gb; the nearest is 7g.80gb", inMode.getMessage());
    }

    @Test
    void tpusAndGaudisAndCpusAreNotDivided() {
        for (String id : List.of("tpu-v5e", "gaudi2", "gaudi3", "groq-lpu", "kunpeng-920-6426", "xeon-8480")) {
            assertEquals(List.of(), PartitionSchemes.of(CATALOGUE.get(id)), id);
        }
    }

    static Stream<Arguments> divided() {
        return CATALOGUE.all().stream()
                .flatMap(spec -> PartitionSchemes.of(spec).stream().map(mode -> Arguments.of(spec, mode)));
    }

    /// Those of the profiles that found a place, in the order of their names.
    private static String packed(PartitionScheme mode, String... profiles) {
        List<String> placed = new ArrayList<>();
        long occupied = 0;
        for (String name : profiles) {
            mode.profile(name);
            long mask = mode.place(mode.indexOf(name), occupied);
            if (mask != 0) {
                placed.add(name);
                occupied |= mask;
            }
        }
        placed.sort(null);
        return String.join(" ", placed);
    }

    private static PartitionScheme mode(String accelerator, String name) {
        return PartitionSchemes.named(CATALOGUE.get(accelerator), name);
    }
}
