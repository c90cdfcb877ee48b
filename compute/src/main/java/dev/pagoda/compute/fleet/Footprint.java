package dev.pagoda.compute.fleet;

import java.util.ArrayList;
import java.util.List;

/// The ways in which one profile may take slots of a device: each a fixed set, and so many of each pool
/// besides, whichever of them are free. A set of slots is a bit mask.
record Footprint(List<Way> ways) {
    Footprint {
        ways = List.copyOf(ways);
        if (ways.isEmpty()) {
            throw new IllegalArgumentException("a footprint without a way to sit on the device");
        }
    }

    /// @param fixed slots that it takes as they are, 0 for none
    record Way(long fixed, List<Pool> pools) {
        Way {
            pools = List.copyOf(pools);
            long taken = fixed;
            for (Pool pool : pools) {
                if ((taken & pool.slots) != 0) {
                    throw new IllegalArgumentException("pools of one footprint overlap");
                }
                taken |= pool.slots;
            }
            if (fixed == 0 && pools.stream().allMatch(pool -> pool.count == 0)) {
                throw new IllegalArgumentException("a footprint that takes no slot");
            }
        }

        /// The slots to take, 0 when they are not free.
        long take(long occupied) {
            if ((occupied & fixed) != 0) {
                return 0;
            }
            long taken = fixed;
            for (Pool pool : pools) {
                long free = pool.slots & ~occupied;
                if (Long.bitCount(free) < pool.count) {
                    return 0;
                }
                for (int i = 0; i < pool.count; i++) {
                    long lowest = Long.lowestOneBit(free);
                    taken |= lowest;
                    free ^= lowest;
                }
            }
            return taken;
        }

        boolean isFree(long occupied) {
            if ((occupied & fixed) != 0) {
                return false;
            }
            for (Pool pool : pools) {
                if (Long.bitCount(pool.slots & ~occupied) < pool.count) {
                    return false;
                }
            }
            return true;
        }

        /// Whether a set of slots is one that this way could have taken.
        boolean allows(long taken) {
            if ((taken & fixed) != fixed) {
                return false;
            }
            long rest = taken ^ fixed;
            for (Pool pool : pools) {
                if (Long.bitCount(rest & pool.slots) != pool.count) {
                    return false;
                }
                rest &= ~pool.slots;
            }
            return rest == 0;
        }

        private long reach() {
            long reach = fixed;
            for (Pool pool : pools) {
                reach |= pool.slots;
            }
            return reach;
        }
    }

    /// @param slots of which some are taken
    /// @param count how many
    record Pool(long slots, int count) {
        Pool {
            if (count < 0 || count > Long.bitCount(slots)) {
                throw new IllegalArgumentException(
                        "takes " + count + " of a pool with " + Long.bitCount(slots) + " slots");
            }
        }
    }

    /// So many slots in a row, from one of the given starts, and some of each pool.
    static Footprint aligned(int size, List<Integer> starts, List<Pool> pools) {
        List<Way> ways = new ArrayList<>(starts.size());
        for (int start : starts) {
            ways.add(new Way(row(start, size), pools));
        }
        return new Footprint(ways);
    }

    static Footprint pooled(List<Pool> pools) {
        return new Footprint(List.of(new Way(0, pools)));
    }

    /// A row of slots.
    static long row(int start, int size) {
        if (start < 0 || size < 1 || start + size > Long.SIZE - 1) {
            throw new IllegalArgumentException("slots " + start + " to " + (start + size) + " are outside 0 to 62");
        }
        return ((1L << size) - 1) << start;
    }

    /// Every slot that it could take.
    long reach() {
        long reach = 0;
        for (Way way : ways) {
            reach |= way.reach();
        }
        return reach;
    }
}
