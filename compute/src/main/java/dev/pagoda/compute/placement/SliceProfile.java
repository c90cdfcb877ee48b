package dev.pagoda.compute.placement;

import java.util.List;

/// One size of slice that a partitioned device can hold, for example MIG's `1g.10gb` or Ascend's `vir02`.
///
/// Places are bit masks over the slots of the device: two slices exclude each other if their masks meet. A
/// limit that is not one of slots, such as "at most one slice with the media engine", is a slot of its own in
/// the masks.
///
/// @param memoryBytes memory that the slice shows its owner
/// @param places      where it may sit, in the maker's order of preference; 1 to 64 masks, none of them empty
public record SliceProfile(String name, long memoryBytes, List<Long> places) {
    static final int MAX_PLACES = 64;

    public SliceProfile {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a slice profile's name is blank");
        }
        if (memoryBytes < 0) {
            throw new IllegalArgumentException("slice profile " + name + " has " + memoryBytes + " bytes, below 0");
        }
        places = List.copyOf(places);
        if (places.isEmpty() || places.size() > MAX_PLACES) {
            throw new IllegalArgumentException(
                    "slice profile " + name + " has " + places.size() + " places, outside 1 to " + MAX_PLACES);
        }
        if (places.contains(0L)) {
            throw new IllegalArgumentException("slice profile " + name + " has a place without slots");
        }
    }

    /// How many of its places are free beside what is occupied.
    int freePlaces(long occupied) {
        int free = 0;
        for (long place : places) {
            free += (place & occupied) == 0 ? 1 : 0;
        }
        return free;
    }
}
