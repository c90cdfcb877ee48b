package dev.pagoda.compute.placement;

/// Sums over the devices of one node.
final class FreeDevices {
    private FreeDevices() {}

    /// Free thousandths of its undivided devices that take work.
    static int milli(Cluster cluster, int node) {
        int milli = 0;
        for (long left = cluster.openDevices(node); left != 0; left &= left - 1) {
            milli += cluster.freeMilli(node, Long.numberOfTrailingZeros(left));
        }
        return milli;
    }

    /// How many of them are wholly free.
    static int whole(Cluster cluster, int node) {
        int whole = 0;
        for (long left = cluster.openDevices(node); left != 0; left &= left - 1) {
            whole += cluster.freeMilli(node, Long.numberOfTrailingZeros(left)) == Share.WHOLE_MILLI ? 1 : 0;
        }
        return whole;
    }
}
