package dev.pagoda.compute.fleet;

/// By what means a device is cut.
public enum PartitionKind {
    /// Not cut; one task, or several that share memory and cores by limits of software.
    WHOLE,
    /// NVIDIA's Multi-Instance GPU: memory slices with fixed places.
    MIG,
    /// Ascend's virtual NPU: templates of AI cores, AI CPUs and memory, wherever they are free.
    VNPU,
    /// AMD's compute and memory partitions: the whole device is in one mode, all partitions are alike.
    COMPUTE_PARTITION,
    /// Enflame's dynamic resource slices.
    DRS,
    /// Taking turns; every task sees the whole memory.
    TIME_SLICING,
    /// NVIDIA's Multi-Process Service: equal shares of memory and of threads.
    MPS;

    /// Whether one partition cannot use another's memory.
    public boolean isolatesMemory() {
        return this != TIME_SLICING;
    }

    /// Whether partitions come and go while others on the device run. Where they do not, all of them appear
    /// when the device enters the mode.
    public boolean isDynamic() {
        return switch (this) {
            case MIG, VNPU, DRS -> true;
            case WHOLE, COMPUTE_PARTITION, TIME_SLICING, MPS -> false;
        };
    }
}
