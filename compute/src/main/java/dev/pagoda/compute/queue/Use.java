package dev.pagoda.compute.queue;

/// What a job takes from quotas, in thousandths as [dev.pagoda.compute.api.Quota] counts them.
///
/// @param accelerator the kind of its devices, empty when it has none
/// @param deviceMilli of devices of that kind
/// @param unitsMilli  the same, by throughput relative to the reference device
record Use(String accelerator, long deviceMilli, long unitsMilli, long cpuMilli, long memoryMilli) {
    Use {
        if (deviceMilli < 0 || unitsMilli < 0 || cpuMilli < 0 || memoryMilli < 0) {
            throw new IllegalArgumentException("a use of quota is negative: " + deviceMilli + " devices, " + unitsMilli
                    + " units, " + cpuMilli + " cpu, " + memoryMilli + " memory");
        }
        if (accelerator.isEmpty() && deviceMilli + unitsMilli > 0) {
            throw new IllegalArgumentException("devices without a kind: " + deviceMilli);
        }
    }

    Use times(int count) {
        return new Use(
                accelerator,
                Math.multiplyExact(deviceMilli, count),
                Math.multiplyExact(unitsMilli, count),
                Math.multiplyExact(cpuMilli, count),
                Math.multiplyExact(memoryMilli, count));
    }
}
