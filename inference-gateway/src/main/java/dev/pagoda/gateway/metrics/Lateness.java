package dev.pagoda.gateway.metrics;

/// How long after their time the engines' steps were carried out: the price of simulating them. Safe from any thread.
public final class Lateness {
    private static final double[] BOUNDS = {.0001, .0002, .0005, .001, .002, .005, .01, .02, .05, .1, .5};

    private final Buckets buckets = new Buckets(BOUNDS);

    public void observe(long nanos) {
        buckets.observe(nanos / 1e9);
    }

    public void write(StringBuilder page) {
        page.append("# HELP pagoda_gateway_step_lateness_seconds Time from a simulated step's end to its handling.\n");
        page.append("# TYPE pagoda_gateway_step_lateness_seconds histogram\n");
        buckets.write(page, "pagoda_gateway_step_lateness_seconds", "");
    }
}
