package dev.pagoda.compute.placement;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// One way to divide a device: the slices it can then hold and where.
///
/// @param name     what it is called, distinct among the modes of a device, for example `mig` or `cpx`
/// @param slots    how many slots the places of its profiles are made of, 1 to 64
/// @param profiles with distinct names
public record PartitionMode(String name, int slots, List<SliceProfile> profiles) {
    public PartitionMode {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a partition mode's name is blank");
        }
        if (slots < 1 || slots > Long.SIZE) {
            throw new IllegalArgumentException("partition mode " + name + " has " + slots + " slots, outside 1 to 64");
        }
        profiles = List.copyOf(profiles);
        if (profiles.isEmpty()) {
            throw new IllegalArgumentException("partition mode " + name + " has no slice profile");
        }
        Set<String> names = new HashSet<>();
        for (SliceProfile profile : profiles) {
            if (!names.add(profile.name())) {
                throw new IllegalArgumentException(
                        "partition mode " + name + " has two slice profiles named " + profile.name());
            }
            for (long place : profile.places()) {
                if ((place & ~allSlots(slots)) != 0) {
                    throw new IllegalArgumentException("slice profile " + profile.name() + " of partition mode " + name
                            + " has a place outside its " + slots + " slots");
                }
            }
        }
    }

    /// The mode with this many interchangeable slices of one size: MI300X's compute partitions, or time
    /// slicing, whose slices all see the whole memory.
    public static PartitionMode even(String name, String profile, int slices, long memoryBytesEach) {
        List<Long> places =
                IntStream.range(0, slices).mapToObj(slot -> 1L << slot).toList();
        return new PartitionMode(name, slices, List.of(new SliceProfile(profile, memoryBytesEach, places)));
    }

    public Optional<SliceProfile> profile(String profile) {
        return Optional.ofNullable(find(profile));
    }

    @Nullable
    SliceProfile find(String profile) {
        for (SliceProfile each : profiles) {
            if (each.name().equals(profile)) {
                return each;
            }
        }
        return null;
    }

    /// The free place of a profile that leaves the most places for other slices, the maker's first among
    /// equals; 0 when none is free.
    long place(SliceProfile profile, long occupied) {
        long best = 0;
        int mostLeft = -1;
        for (long place : profile.places()) {
            if ((place & occupied) != 0) {
                continue;
            }
            int left = 0;
            for (SliceProfile each : profiles) {
                left += each.freePlaces(occupied | place);
            }
            if (left > mostLeft) {
                mostLeft = left;
                best = place;
            }
        }
        return best;
    }

    private static long allSlots(int slots) {
        return slots == Long.SIZE ? -1L : (1L << slots) - 1;
    }
}
