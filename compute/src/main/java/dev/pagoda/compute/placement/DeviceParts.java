package dev.pagoda.compute.placement;

/// Taking parts of devices in thought, on an array of what each has free.
final class DeviceParts {
    private DeviceParts() {}

    /// Takes so much of so many devices, from those with the least that is enough.
    static void takeTightest(int[] left, int devices, int count, int milli) {
        long taken = 0;
        for (int i = 0; milli > 0 && i < count; i++) {
            int tightest = -1;
            for (int device = 0; device < devices; device++) {
                if ((taken >>> device & 1) == 0
                        && left[device] >= milli
                        && (tightest < 0 || left[device] < left[tightest])) {
                    tightest = device;
                }
            }
            left[tightest] -= milli;
            taken |= 1L << tightest;
        }
    }

    /// Whether a device that was tried has as much free, so that all that follows would be the same.
    static boolean isRepeated(int[] left, int device, long tried) {
        for (int other = 0; other < device; other++) {
            if ((tried >>> other & 1) == 1 && left[other] == left[device]) {
                return true;
            }
        }
        return false;
    }
}
