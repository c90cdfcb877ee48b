package dev.pagoda.gateway.model;

/// Times of single operators of a device by its coefficients, in microseconds.
record Roofline(Device device, Coefficients fit) {
    static Roofline of(Device device) {
        return new Roofline(device, Coefficients.of(device));
    }

    /// A matrix product: the 6-norm of compute time and memory time, their maximum, rounded off where they
    /// meet.
    double product(double bytesPerWeight, double rows, double inner, double columns) {
        double compute = 2 * rows * inner * columns / (device.flops() * fit.compute()) * 1e6;
        double bytes = bytesPerWeight * inner * columns + 2 * rows * (inner + columns);
        double memory = bytes / (device.memoryBytesPerSecond() * fit.memory()) * 1e6;
        double greater = Math.max(compute, memory);
        double ratio = Math.min(compute, memory) / greater;
        double squared = ratio * ratio;
        return fit.gemmMicros() + greater * Math.cbrt(Math.sqrt(1 + squared * squared * squared));
    }

    /// Attention of texts that are read whole.
    double attention(double flops) {
        return fit.decodeMicros() + flops / (device.attentionFlops() * fit.attention()) * 1e6;
    }

    double traffic(double bytes) {
        return bytes / (device.memoryBytesPerSecond() * fit.memory()) * 1e6;
    }
}
