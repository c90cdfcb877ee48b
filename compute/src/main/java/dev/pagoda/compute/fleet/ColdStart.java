package dev.pagoda.compute.fleet;

/// How long a task takes from the decision to its first step, in microseconds.
///
/// @param imageMicros     its image arrives and is unpacked
/// @param isolationMicros its container or machine starts
/// @param weightsMicros   weights arrive at the node
/// @param loadMicros      weights go from the node into the devices, while they arrive
public record ColdStart(long imageMicros, long isolationMicros, long weightsMicros, long loadMicros) {
    /// Layers are unpacked at about this rate of packed bytes (estimate).
    private static final double UNPACK_BYTES_PER_SECOND = 300e6;

    public ColdStart {
        if (imageMicros < 0 || isolationMicros < 0 || weightsMicros < 0 || loadMicros < 0) {
            throw new IllegalArgumentException("a step of a start takes less than no time");
        }
    }

    /// What a task brings with it.
    ///
    /// @param image        what tells its image from others
    /// @param imageBytes   packed
    /// @param weights      what tells its weights from others
    /// @param weightsBytes of the whole model
    public record Load(String image, long imageBytes, String weights, long weightsBytes) {
        public Load {
            if (imageBytes < 0 || weightsBytes < 0) {
                throw new IllegalArgumentException(
                        "an image of " + imageBytes + " or weights of " + weightsBytes + " bytes are below 0");
            }
        }
    }

    /// The start of a task on a node, whose cache then has what it brought.
    ///
    /// @param devices on which the weights are spread, at least 1
    /// @param readers nodes that read from the storage at once, this one included
    /// @param link    of the devices to their host
    public static ColdStart on(Node node, ArtefactCache cache, Load load, int devices, int readers, HostLink link) {
        if (devices < 1) {
            throw new IllegalArgumentException(devices + " devices are below 1");
        }
        boolean isImageThere = cache.use(load.image, load.imageBytes);
        boolean areWeightsThere = cache.use(load.weights, load.weightsBytes);
        return of(node, load, isImageThere, areWeightsThere, devices, readers, link);
    }

    /// The start of a task on a node whose disks have, or have not, what it brings.
    ///
    /// @param devices on which the weights are spread; 0 for a task that keeps them in the host
    /// @param readers nodes that read from the storage at once, this one included
    /// @param link    of the devices to their host
    public static ColdStart of(
            Node node,
            Load load,
            boolean isImageThere,
            boolean areWeightsThere,
            int devices,
            int readers,
            HostLink link) {
        NodeService service = node.service();
        double network = service.networkBytesPerSecond();
        long image = isImageThere
                ? 0
                : service.storage().arrivalMicros(load.imageBytes, readers, network)
                        + Math.round(load.imageBytes / UNPACK_BYTES_PER_SECOND * 1e6);
        StorageTier from = areWeightsThere ? StorageTier.NODE_CACHE : service.storage();
        long weights = from.arrivalMicros(load.weightsBytes, areWeightsThere ? 1 : readers, network);
        long into = devices == 0 ? 0 : Math.round(load.weightsBytes / (link.bytesPerSecond() * devices) * 1e6);
        return new ColdStart(image, service.isolation().startMicros(), weights, into);
    }

    /// Weights stream through the node, so the slower of the two ways counts.
    public long totalMicros() {
        return imageMicros + isolationMicros + Math.max(weightsMicros, loadMicros);
    }
}
