package dev.pagoda.compute.api;

/// Dense peak rates of one device in operations a second; 0 stands for a format without a fast path or a
/// published figure.
public record PeakRates(double fp32, double fp16, double bf16, double int8, double fp8) {
    public PeakRates {
        if (!(fp32 >= 0 && fp16 >= 0 && bf16 >= 0 && int8 >= 0 && fp8 >= 0)) {
            throw new IllegalArgumentException("a peak rate is negative or not a number: fp32 " + fp32 + ", fp16 "
                    + fp16 + ", bf16 " + bf16 + ", int8 " + int8 + ", fp8 " + fp8);
        }
    }

    /// The rate at which the device multiplies matrices of 16-bit weights, or fp32's when it has no such
    /// format.
    public double sixteenBit() {
        double best = Math.max(fp16, bf16);
        return best > 0 ? best : fp32;
    }
}
