package dev.pagoda.compute.fleet;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// One mode of a device: the sorts of partition it can hold and which of them exclude each other.
///
/// **Slots.** A device in the mode has up to 63 slots: memory slices, AI cores, CPUs, media engines, turns. Its
/// whole occupancy is one bit mask of them. A partition takes some slots for itself, so two partitions can
/// exist side by side exactly when their masks are disjoint; nothing else needs to be remembered.
///
/// **Where a partition goes.** Of the ways that are free, the one that leaves most choice to partitions still
/// to come: for each profile the number of ways left, weighted by the slots it would take; the first of equals.
/// On an empty A100 a `1g.5gb` goes to slice 6, where it spoils neither `4g` nor `2g`.
///
/// Immutable, safe from any thread. [#place] costs at most (ways of the profile) x (ways of all profiles), at
/// most about five hundred steps on the largest table.
public final class PartitionScheme {
    private final String name;
    private final PartitionKind kind;
    private final List<PartitionProfile> profiles;
    private final List<Footprint> footprints;
    private final int[] weights;
    private final PartitionTimes times;
    private final long slots;

    /// @param profiles   with distinct names
    /// @param footprints one for each profile
    PartitionScheme(
            String name,
            PartitionKind kind,
            List<PartitionProfile> profiles,
            List<Footprint> footprints,
            PartitionTimes times) {
        this.name = Objects.requireNonNull(name, "name");
        this.kind = Objects.requireNonNull(kind, "kind");
        this.profiles = List.copyOf(profiles);
        this.footprints = List.copyOf(footprints);
        this.times = Objects.requireNonNull(times, "times");
        if (profiles.isEmpty() || profiles.size() != footprints.size()) {
            throw new IllegalArgumentException("scheme " + name + " has " + profiles.size() + " profiles and "
                    + footprints.size() + " footprints");
        }
        Set<String> names = new HashSet<>();
        long reach = 0;
        this.weights = new int[profiles.size()];
        for (int i = 0; i < profiles.size(); i++) {
            if (!names.add(profiles.get(i).name())) {
                throw new IllegalArgumentException("scheme " + name + " has two profiles "
                        + profiles.get(i).name());
            }
            reach |= footprints.get(i).reach();
            weights[i] = Long.bitCount(footprints.get(i).ways().getFirst().take(0));
        }
        this.slots = reach;
    }

    /// What the mode is called, for example `mig`, `vnpu`, `cpx_nps4`, `time-slicing-4`.
    public String name() {
        return name;
    }

    public PartitionKind kind() {
        return kind;
    }

    public List<PartitionProfile> profiles() {
        return profiles;
    }

    public PartitionTimes times() {
        return times;
    }

    /// The mask of all slots.
    public long slots() {
        return slots;
    }

    /// The mask of the slots that have fixed places, of MIG the memory slices.
    long fixedSlots() {
        long fixed = 0;
        for (Footprint footprint : footprints) {
            for (Footprint.Way way : footprint.ways()) {
                fixed |= way.fixed();
            }
        }
        return fixed;
    }

    /// The number of a profile, -1 when there is none of that name.
    public int indexOf(String profile) {
        for (int i = 0; i < profiles.size(); i++) {
            if (profiles.get(i).name().equals(profile)) {
                return i;
            }
        }
        return -1;
    }

    /// The profile of a name.
    ///
    /// @throws IllegalArgumentException if there is none, naming the nearest
    public PartitionProfile profile(String profile) {
        int index = indexOf(profile);
        if (index < 0) {
            List<String> names = profiles.stream().map(PartitionProfile::name).toList();
            throw new IllegalArgumentException("mode " + name + " has no partition profile " + profile
                    + "; the nearest is " + NearestName.of(profile, names).orElse("none"));
        }
        return profiles.get(index);
    }

    /// The slots that a new partition takes.
    ///
    /// @param profile  its number
    /// @param occupied the slots that are taken already
    /// @return the mask, 0 when it does not fit
    public long place(int profile, long occupied) {
        long best = 0;
        long mostLeft = -1;
        List<Footprint.Way> ways = footprints.get(profile).ways();
        for (Footprint.Way way : ways) {
            long taken = way.take(occupied);
            if (taken == 0) {
                continue;
            }
            if (ways.size() == 1) {
                return taken;
            }
            long left = choiceLeft(occupied | taken);
            if (left > mostLeft) {
                mostLeft = left;
                best = taken;
            }
        }
        return best;
    }

    /// Whether a new partition would fit.
    public boolean fits(int profile, long occupied) {
        for (Footprint.Way way : footprints.get(profile).ways()) {
            if (way.isFree(occupied)) {
                return true;
            }
        }
        return false;
    }

    /// How many partitions of one profile would still fit, if no other came.
    public int room(int profile, long occupied) {
        int room = 0;
        long taken = occupied;
        for (Footprint.Way way : footprints.get(profile).ways()) {
            for (long mask = way.take(taken); mask != 0; mask = way.take(taken)) {
                taken |= mask;
                room++;
            }
        }
        return room;
    }

    /// Every mask that a new partition could take now, in the order of the table.
    public List<Long> placements(int profile, long occupied) {
        List<Long> masks = new ArrayList<>();
        for (Footprint.Way way : footprints.get(profile).ways()) {
            long taken = way.take(occupied);
            if (taken != 0) {
                masks.add(taken);
            }
        }
        return masks;
    }

    /// Whether a mask is one that a partition of the profile can have.
    public boolean isPlacement(int profile, long mask) {
        return footprints.get(profile).ways().stream().anyMatch(way -> way.allows(mask));
    }

    private long choiceLeft(long occupied) {
        long left = 0;
        for (int i = 0; i < weights.length; i++) {
            int free = 0;
            for (Footprint.Way way : footprints.get(i).ways()) {
                if (way.isFree(occupied)) {
                    free++;
                }
            }
            left += (long) free * weights[i];
        }
        return left;
    }

    @Override
    public String toString() {
        return name;
    }
}
