package dev.pagoda.compute.placement;

/// How much of each device a task asks for.
public sealed interface Share {
    /// Thousandths of a whole device.
    int WHOLE_MILLI = 1000;

    /// Thousandths of an undivided device that must be free; 0 for slices.
    int milliNeeded();

    /// The whole device, alone.
    ///
    /// @param minBytes memory that the device must have
    record Whole(long minBytes) implements Share {
        public Whole {
            atLeastZero(minBytes);
        }

        @Override
        public int milliNeeded() {
            return WHOLE_MILLI;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(minBytes);
        }
    }

    /// A part of an undivided device, beside others.
    ///
    /// @param milli thousandths of its cores or time, 1 to 1000
    /// @param bytes of its memory
    record Fraction(int milli, long bytes) implements Share {
        public Fraction {
            if (milli < 1 || milli > WHOLE_MILLI) {
                throw new IllegalArgumentException(milli + " thousandths of a device is outside 1 to 1000");
            }
            atLeastZero(bytes);
        }

        @Override
        public int milliNeeded() {
            return milli;
        }
    }

    /// One slice of a partitioned device; several of one task may sit on one device.
    ///
    /// @param profile as the maker names it
    record Slice(String profile) implements Share {
        public Slice {
            if (profile.isBlank()) {
                throw new IllegalArgumentException("a slice's profile is blank");
            }
        }

        @Override
        public int milliNeeded() {
            return 0;
        }
    }

    /// The whole of any device.
    Share ANY_WHOLE = new Whole(0);

    private static void atLeastZero(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException(bytes + " bytes of a device is below 0");
        }
    }
}
