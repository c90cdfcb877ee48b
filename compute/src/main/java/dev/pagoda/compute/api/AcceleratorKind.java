package dev.pagoda.compute.api;

/// The family of a device, as its maker calls it.
public enum AcceleratorKind {
    GPU,
    NPU,
    MLU,
    DCU,
    GCU,
    HPU,
    TPU,
    LPU,
    SOC,
    CPU
}
