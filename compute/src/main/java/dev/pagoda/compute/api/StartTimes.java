package dev.pagoda.compute.api;

/// How long a start takes, phase by phase and one after another, on the node of a gang that is ready last.
///
/// @param imageMillis   until the image is there and unpacked
/// @param bootMillis    until the container or machine runs
/// @param weightsMillis until the weights are in the devices
/// @param imageHot      whether every node had the image on its disks
/// @param weightsHot    whether every node had the weights on its disks
public record StartTimes(long imageMillis, long bootMillis, long weightsMillis, boolean imageHot, boolean weightsHot) {
    /// Nothing to wait for.
    public static final StartTimes NONE = new StartTimes(0, 0, 0, true, true);

    public StartTimes {
        if (imageMillis < 0 || bootMillis < 0 || weightsMillis < 0) {
            throw new IllegalArgumentException("a start with phases of " + imageMillis + ", " + bootMillis + " and "
                    + weightsMillis + " ms, expected none below 0");
        }
    }

    /// From the decision to the first step.
    public long totalMillis() {
        return imageMillis + bootMillis + weightsMillis;
    }
}
