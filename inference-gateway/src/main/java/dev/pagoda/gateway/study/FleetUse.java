package dev.pagoda.gateway.study;

/// What a fleet of engines came to.
///
/// @param engineSeconds from the decision to start each engine to its stop, or to the last token of the study
/// @param coldStarts    engines started after the beginning on nodes that had nothing
/// @param hotStarts     engines started after the beginning on nodes that still had image and weights
/// @param held          requests that waited for a first engine to become ready
/// @param most          engines at once, starting and draining ones included
public record FleetUse(double engineSeconds, int coldStarts, int hotStarts, int held, int most) {
    FleetUse plus(FleetUse other) {
        return new FleetUse(
                engineSeconds + other.engineSeconds,
                coldStarts + other.coldStarts,
                hotStarts + other.hotStarts,
                held + other.held,
                most + other.most);
    }

    public int starts() {
        return coldStarts + hotStarts;
    }
}
