package dev.pagoda.compute.api;

/// What the devices of a job cost from its first start on, however often it was stopped: their price, and the
/// energy of what they drew with their part of host and building. Who has work to do keeps its devices busy,
/// engines count as such, notebooks as idle; a start counts as work.
///
/// @param grams of CO2 equivalent, by the yearly average of the region's grid
public record JobCost(double usd, double kwh, double grams) {
    /// Nothing.
    public static final JobCost NONE = new JobCost(0, 0, 0);

    public JobCost {
        if (!(usd >= 0 && kwh >= 0 && grams >= 0)) {
            throw new IllegalArgumentException("a job's cost of " + usd + " USD, " + kwh + " kWh, " + grams + " g");
        }
    }

    public JobCost plus(JobCost other) {
        return new JobCost(usd + other.usd, kwh + other.kwh, grams + other.grams);
    }
}
