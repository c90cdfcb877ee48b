package dev.pagoda.compute.fleet;

/// What devices cost over a time, in money, energy and carbon.
///
/// @param grams of CO2 equivalent, by the yearly average of the region's grid
public record RunningCost(double usd, double kwh, double grams) {
    /// Of the thermal design power when nothing runs; measured idle draws of data centre devices lie between a
    /// tenth and a sixth (estimate).
    static final double IDLE_SHARE = 0.12;

    /// Fans, power supplies, processors and network of a host beside what its devices draw (estimate).
    static final double HOST_SHARE = 0.35;

    /// Energy of the building for each unit of its machines; a modern one (estimate).
    static final double BUILDING_FACTOR = 1.2;

    /// Nothing.
    public static final RunningCost NONE = new RunningCost(0, 0, 0);

    public RunningCost {
        if (!(usd >= 0 && kwh >= 0 && grams >= 0)) {
            throw new IllegalArgumentException("a cost of " + usd + " USD, " + kwh + " kWh, " + grams + " g");
        }
    }

    /// What devices of a node cost that somebody holds.
    ///
    /// @param devices     held, parts count as such
    /// @param utilisation of them, 0 to 1
    public static RunningCost of(Node node, double devices, double utilisation, long micros) {
        if (!(devices >= 0 && devices <= node.devices() && utilisation >= 0 && utilisation <= 1) || micros < 0) {
            throw new IllegalArgumentException(devices + " devices of node " + node.id() + " at " + utilisation
                    + " over " + micros + " microseconds, expected 0 to " + node.devices() + ", 0 to 1, 0 and more");
        }
        double hours = micros / 3.6e9;
        double kwh = devices * watts(node, utilisation) * hours / 1_000 * (1 + HOST_SHARE) * BUILDING_FACTOR;
        return new RunningCost(
                devices * node.service().usdPerDeviceHour() * hours,
                kwh,
                kwh * node.place().region().gramsPerKwh());
    }

    /// What one device draws.
    ///
    /// @param utilisation 0 to 1
    public static double watts(Node node, double utilisation) {
        double tdp = node.accelerator().tdpWatts();
        return tdp * (IDLE_SHARE + (1 - IDLE_SHARE) * utilisation);
    }

    public RunningCost plus(RunningCost other) {
        return new RunningCost(usd + other.usd, kwh + other.kwh, grams + other.grams);
    }
}
