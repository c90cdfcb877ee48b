package dev.pagoda.compute.fleet;

/// What a partition of one sort has.
///
/// @param name         as the maker writes it, for example `1g.10gb`, `vir05_1c_16g`, `cpx_nps4`
/// @param computeMilli its part of the device's compute, 1 to 1000
/// @param memoryBytes  what is promised of the device's memory
public record PartitionProfile(String name, int computeMilli, long memoryBytes) {
    public PartitionProfile {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a partition profile's name is blank");
        }
        if (computeMilli < 1 || computeMilli > 1_000) {
            throw new IllegalArgumentException(
                    "profile " + name + " has " + computeMilli + " thousandths of the compute, outside 1 to 1000");
        }
        if (memoryBytes < 1) {
            throw new IllegalArgumentException("profile " + name + " has " + memoryBytes + " bytes of memory");
        }
    }
}
