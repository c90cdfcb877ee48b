package dev.pagoda.compute.placement;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.api.PlaceGang;
import dev.pagoda.compute.api.PlacementRefusal;
import java.util.Comparator;
import java.util.Locale;

/// Why one kind of accelerator cannot take a gang.
///
/// @param have     what there is of the scarce thing: bytes of a device, or devices
/// @param sentence for people, with the counts
record Shortage(PlacementRefusal reason, long have, String sentence) {
    private static final double GIBI = 1 << 30;

    /// The later in this order, the nearer the gang was to being placed.
    static final Comparator<Shortage> BY_NEARNESS =
            Comparator.comparing(Shortage::reason).thenComparingLong(Shortage::have);

    static Shortage noSuchAccelerator(PlaceGang gang, String kind, Iterable<String> known) {
        return new Shortage(
                PlacementRefusal.NO_SUCH_ACCELERATOR,
                0,
                needs(gang, kind) + ", of which the fleet has none; it has " + String.join(", ", known));
    }

    static Shortage emptyFleet(PlaceGang gang) {
        return new Shortage(
                PlacementRefusal.NO_SUCH_ACCELERATOR, 0, needs(gang, "devices") + ", but the fleet has no node");
    }

    static Shortage deviceTooSmall(PlaceGang gang, AcceleratorSpec spec) {
        long have = spec.memory().bytes();
        return new Shortage(
                PlacementRefusal.DEVICE_TOO_SMALL,
                have,
                needs(gang, "devices") + ", but " + spec.id() + " has " + gibi(have) + " each");
    }

    static Shortage fleetTooSmall(PlaceGang gang, AcceleratorSpec spec, int most) {
        String where = gang.oneNode() ? ", but no node has more than " : ", but the fleet has only ";
        return new Shortage(PlacementRefusal.FLEET_TOO_SMALL, most, needs(gang, spec.id()) + where + most);
    }

    static Shortage nodesDown(PlaceGang gang, AcceleratorSpec spec, int up, int total) {
        return new Shortage(
                PlacementRefusal.NODES_DOWN,
                up,
                needs(gang, spec.id()) + "; only " + up + " of " + total + " are in nodes that are up");
    }

    static Shortage fragmented(PlaceGang gang, AcceleratorSpec spec, int largest, int free, int total) {
        return new Shortage(
                PlacementRefusal.FRAGMENTED,
                largest,
                needs(gang, spec.id()) + "; " + free + " of " + total + " are free, but at most " + largest
                        + " in one node");
    }

    static Shortage busy(PlaceGang gang, AcceleratorSpec spec, int free, int total) {
        return new Shortage(
                PlacementRefusal.BUSY, free, needs(gang, spec.id()) + "; " + free + " of " + total + " are free");
    }

    private static String needs(PlaceGang gang, String kind) {
        String memory = gang.bytesPerDevice() == 0 ? "" : " with " + gibi(gang.bytesPerDevice()) + " each";
        return "needs " + gang.devices() + " " + kind + memory + (gang.oneNode() ? " in one node" : "");
    }

    private static String gibi(long bytes) {
        double gibi = bytes / GIBI;
        return gibi == Math.rint(gibi)
                ? String.format(Locale.ROOT, "%.0f GiB", gibi)
                : String.format(Locale.ROOT, "%.1f GiB", gibi);
    }
}
