package dev.pagoda.compute.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// The continuous workloads that Gavel is evaluated with (OSDI 2020, section 7.1; `generate_job` of its
/// utils.py): jobs of its types at random, which arrive as a Poisson process and last as those of Microsoft's
/// Philly did: four of five 10^1.5 to 10^3 minutes on a V100, the fifth 10^3 to 10^4.
///
/// @param jobsPerHour rate of arrivals
/// @param hasGangs    whether 10 % of the jobs take 2 devices, 15 % 4 and 5 % 8, as Philly's did
public record GavelArrivals(double jobsPerHour, int jobs, boolean hasGangs, long seed) {
    private static final String REFERENCE = "v100";

    public GavelArrivals {
        if (!(jobsPerHour > 0 && jobsPerHour <= 1e6) || jobs < 1 || jobs > TraceTable.MAX_ROWS) {
            throw new IllegalArgumentException(jobsPerHour + " jobs an hour, " + jobs
                    + " of them: the rate is within 0..1e6, their number within 1.." + TraceTable.MAX_ROWS);
        }
    }

    /// Draws the jobs: the same seed always draws the same.
    ///
    /// @throws IllegalArgumentException if the rates are not of a V100
    public JobTrace draw(Throughputs rates) {
        if (!rates.devices().contains(REFERENCE)) {
            throw new IllegalArgumentException("durations are on a " + REFERENCE + ", and the throughputs have only "
                    + String.join(", ", rates.devices()));
        }
        List<String> types = rates.types(REFERENCE, 1);
        SplittableRandom random = new SplittableRandom(seed);
        List<TraceJob> drawn = new ArrayList<>();
        double seconds = 0;
        for (int i = 0; i < jobs; i++) {
            int devices = hasGangs ? devices(random.nextDouble()) : 1;
            double minutes = random.nextDouble() >= 0.8
                    ? Math.pow(10, 3 + random.nextDouble())
                    : Math.pow(10, 1.5 + 1.5 * random.nextDouble());
            List<String> fitting = devices == 1 ? types : rates.types(REFERENCE, devices);
            String type = fitting.get(random.nextInt(fitting.size()));
            double rate = rates.rate(REFERENCE, type, devices, false).orElseThrow();
            drawn.add(new TraceJob(
                    String.valueOf(i),
                    type,
                    seconds,
                    devices,
                    TraceJob.WHOLE,
                    new TraceJob.Work.Steps(minutes * 60 * rate),
                    List.of()));
            seconds -= Math.log(1 - random.nextDouble()) * 3600 / jobsPerHour;
        }
        return new JobTrace(TraceFormat.GAVEL, drawn, List.of());
    }

    private static int devices(double drawn) {
        if (drawn < 0.7) {
            return 1;
        }
        if (drawn < 0.8) {
            return 2;
        }
        return drawn < 0.95 ? 4 : 8;
    }
}
