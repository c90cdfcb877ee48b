package dev.pagoda.gateway.model;

/// How far a figure can be trusted.
public enum Confidence {
    /// Read off a table that was measured on such a device.
    MEASURED,
    /// From an equation whose coefficients were fitted to measurements of such a device.
    FITTED,
    /// From an equation with the medians of its class; expect 25 % either way.
    ESTIMATED
}
