package dev.pagoda.compute.api;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a queue or cohort owns of one resource flavor, and how much of it moves between neighbours.
///
/// Amounts are thousandths: of a device for the id of an accelerator, of a reference device for [#UNITS], of a
/// core for [#CPU], of a GiB for [#MEMORY].
///
/// @param flavor             the id of an accelerator, or one of the constants here
/// @param nominalMilli       what it may always use, 0 to [#MAX_MILLI]
/// @param borrowingLimitMilli how much above the nominal quota it may use of what others leave unused; absent
///     means as much as they lend
/// @param lendingLimitMilli  how much of the nominal quota others may use while it is unused; absent means all
public record Quota(
        String flavor,
        long nominalMilli,
        @Nullable Long borrowingLimitMilli,
        @Nullable Long lendingLimitMilli) {
    /// Accelerators of every kind together, each counted by its throughput relative to the reference device.
    public static final String UNITS = "units";

    /// Host processors.
    public static final String CPU = "cpu";

    /// Host memory.
    public static final String MEMORY = "memory";

    /// A trillion devices: above any fleet, and low enough that sums of it do not overflow.
    public static final long MAX_MILLI = 1_000_000_000_000_000L;

    private static final Pattern FLAVOR = Pattern.compile("[a-z0-9]([a-z0-9._-]{0,98}[a-z0-9])?");

    public Quota {
        if (!FLAVOR.matcher(flavor).matches()) {
            throw new IllegalArgumentException("flavor \"" + flavor
                    + "\" is not 1 to 100 lower-case letters, digits and inner dots, dashes or underscores");
        }
        check(flavor, "nominal quota", nominalMilli);
        if (borrowingLimitMilli != null) {
            check(flavor, "borrowing limit", borrowingLimitMilli);
        }
        if (lendingLimitMilli != null) {
            check(flavor, "lending limit", lendingLimitMilli);
        }
    }

    /// A quota of whole devices that borrows and lends without limits.
    public static Quota devices(String accelerator, long devices) {
        return new Quota(accelerator, Math.multiplyExact(devices, 1_000L), null, null);
    }

    /// The same with another nominal quota.
    public Quota withNominalMilli(long nominal) {
        return new Quota(flavor, nominal, borrowingLimitMilli, lendingLimitMilli);
    }

    private static void check(String flavor, String what, long milli) {
        if (milli < 0 || milli > MAX_MILLI) {
            throw new IllegalArgumentException(
                    what + " of " + milli + " thousandths of " + flavor + " is outside 0 to " + MAX_MILLI);
        }
    }
}
