package dev.pagoda.registry.api;

/// How one weight is stored.
public enum DataType {
    FP32(4),
    BF16(2),
    FP16(2),
    FP8(1),
    INT8(1);

    private final int bytes;

    DataType(int bytes) {
        this.bytes = bytes;
    }

    public int bytes() {
        return bytes;
    }
}
