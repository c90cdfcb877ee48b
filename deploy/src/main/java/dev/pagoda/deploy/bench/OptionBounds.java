package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;

/// Within what the options of a measurement may be, refused in the same words everywhere.
final class OptionBounds {
    private OptionBounds() {}

    /// @throws StartRefused if the value is below the least or above the most
    static void require(String option, long value, long least, long most) {
        if (value < least || value > most) {
            throw new StartRefused(option + " " + value + " is not from " + least + " to " + most);
        }
    }

    /// @throws StartRefused if the value is no number, below the least or above the most
    static void require(String option, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new StartRefused(option + " " + value + " is not from " + least + " to " + most);
        }
    }
}
