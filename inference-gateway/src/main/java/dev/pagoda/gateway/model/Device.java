package dev.pagoda.gateway.model;

/// What the performance model needs to know of one accelerator.
///
/// @param id                   the fleet's name for it, for example `h100-sxm`; decides which coefficients apply
/// @param memoryBytes          what a process can see of its memory
/// @param memoryBytesPerSecond peak bandwidth
/// @param flops                dense peak of matrix products in the weights' format, operations a second
/// @param attentionFlops       dense peak of 16-bit ones, in which attention computes
/// @param linkBytesPerSecond   links to its peers, summed over one direction; 0 when they meet over the host
public record Device(
        String id,
        long memoryBytes,
        double memoryBytesPerSecond,
        double flops,
        double attentionFlops,
        double linkBytesPerSecond) {
    /// A device that multiplies 16-bit weights.
    public Device(String id, long memoryBytes, double memoryBytesPerSecond, double flops, double linkBytesPerSecond) {
        this(id, memoryBytes, memoryBytesPerSecond, flops, flops, linkBytesPerSecond);
    }

    public Device {
        if (id.isBlank()) {
            throw new IllegalArgumentException("a device's id is blank");
        }
        if (memoryBytes < 1
                || !(memoryBytesPerSecond > 0)
                || !(flops > 0)
                || !(attentionFlops > 0)
                || !(linkBytesPerSecond >= 0)) {
            throw new IllegalArgumentException("device " + id + " has memory " + memoryBytes + " B, bandwidth "
                    + memoryBytesPerSecond + " B/s, " + flops + " flop/s, link " + linkBytesPerSecond
                    + " B/s; all but the link must be above 0");
        }
    }
}
