package dev.pagoda.registry.api;

/// What runs a served version.
public enum Backend {
    /// Replicas that occupy accelerators and take the time an engine would take.
    SIMULATED,
    /// ONNX Runtime on the host's own processor; occupies no accelerator.
    ONNX
}
