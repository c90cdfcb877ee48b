package dev.pagoda.compute.fleet;

/// Where images and weights come from, and how fast. All figures are typical ones and estimates.
public enum StorageTier {
    /// A store of objects over HTTP, many requests at once.
    OBJECT(2e9, 50e9, 0.1),
    /// A distributed file system on spinning disks with a flash cache.
    DISTRIBUTED(5e9, 100e9, 0.01),
    /// Flash behind RDMA.
    ALL_FLASH(20e9, 1_000e9, 0.001),
    /// The node's own disks, where what was used last is kept.
    NODE_CACHE(12e9, Double.POSITIVE_INFINITY, 0.0002);

    private final double perNode;
    private final double inAll;
    private final double firstByteSeconds;

    StorageTier(double perNode, double inAll, double firstByteSeconds) {
        this.perNode = perNode;
        this.inAll = inAll;
        this.firstByteSeconds = firstByteSeconds;
    }

    /// What one node of several that read at once gets, in bytes a second.
    ///
    /// @param readers nodes that read at once, at least 1
    public double bytesPerSecond(int readers) {
        if (readers < 1) {
            throw new IllegalArgumentException(readers + " readers are below 1");
        }
        return Math.min(perNode, inAll / readers);
    }

    /// How long so many bytes take to a node, in microseconds; none for nothing.
    ///
    /// @param readers        nodes that read at once, at least 1
    /// @param bytesPerSecond what the node's network carries
    public long arrivalMicros(long bytes, int readers, double bytesPerSecond) {
        if (bytes < 0 || !(bytesPerSecond > 0)) {
            throw new IllegalArgumentException(bytes + " bytes at " + bytesPerSecond + " bytes a second");
        }
        if (bytes == 0) {
            return 0;
        }
        double rate = Math.min(bytesPerSecond(readers), this == NODE_CACHE ? Double.MAX_VALUE : bytesPerSecond);
        return Math.round((firstByteSeconds + bytes / rate) * 1e6);
    }
}
