package dev.pagoda.compute.sim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.trace.JobTrace;
import dev.pagoda.compute.trace.Throughputs;
import dev.pagoda.compute.trace.TraceFormat;
import dev.pagoda.compute.trace.TraceJob;
import dev.pagoda.compute.trace.TraceText;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JobWorkloadTest {
    private static final Throughputs RATES = Throughputs.read(new TraceText("rates.json", """
            {"v100": {"('A', 1)": {"null": 10}, "('A', 2)": {"null": 16}},
             "v100_unconsolidated": {"('A', 2)": {"null": 9}},
             "k80": {"('A', 1)": {"null": 1}}}
            """));
    private static final ClusterShape CLUSTER =
            new ClusterShape(List.of(ClusterShape.Pool.of("v100", 4, 4), ClusterShape.Pool.of("k80", 8, 4)));

    @Test
    void givesAJobOfStepsTheRatesItWasMeasuredWith() {
        JobWorkload workload = JobWorkload.of(steps("A", 2), CLUSTER, terms(true));
        assertArrayEquals(new double[] {16, 2}, workload.jobs().getFirst().rate());
        assertArrayEquals(new double[] {9, 2}, workload.jobs().getFirst().spreadRate());
        assertTrue(workload.notes().getFirst().startsWith("1 of 1 jobs were not measured"), workload.notes()::toString);
    }

    @Test
    void givesAJobOfSecondsTheSpeedsOfTheDevicesItAccepts() {
        var job = new TraceJob("j", "", 1.5, 1, 500, new TraceJob.Work.Seconds(60), List.of("k80"));
        JobSpec spec = JobWorkload.of(trace(job), CLUSTER, terms(false)).jobs().getFirst();
        assertArrayEquals(new double[] {0, 0.25}, spec.rate());
        assertEquals(1_500_000_000L, spec.arrivalNanos());
        assertEquals(500, spec.milli());
    }

    @Test
    void refusesOrLeavesOutWhatDoesNotFit() {
        JobTrace both =
                new JobTrace(TraceFormat.TIRESIAS, List.of(seconds("small", 1), seconds("large", 9)), List.of());
        var strict = new JobWorkload.Terms(Optional.empty(), Map.of(), false);
        var error = assertThrows(IllegalArgumentException.class, () -> JobWorkload.of(both, CLUSTER, strict));
        assertTrue(String.valueOf(error.getMessage()).contains("large with 9 devices"), error::getMessage);
        var lenient = new JobWorkload.Terms(Optional.empty(), Map.of(), true);
        JobWorkload workload = JobWorkload.of(both, CLUSTER, lenient);
        assertEquals(1, workload.jobs().size());
        assertEquals(1, workload.notes().size());
        assertThrows(
                IllegalArgumentException.class, () -> JobWorkload.of(trace(seconds("large", 9)), CLUSTER, lenient));
    }

    @Test
    void refusesStepsWithoutRatesDevicesWithoutThemAndUnknownTypes() {
        assertThrows(IllegalArgumentException.class, () -> JobWorkload.of(steps("A", 1), CLUSTER, terms(false)));
        assertThrows(IllegalArgumentException.class, () -> JobWorkload.of(steps("B", 1), CLUSTER, terms(true)));
        ClusterShape other = new ClusterShape(List.of(ClusterShape.Pool.of("h100", 4, 4)));
        assertThrows(IllegalArgumentException.class, () -> JobWorkload.of(steps("A", 1), other, terms(true)));
    }

    private static JobWorkload.Terms terms(boolean hasRates) {
        return new JobWorkload.Terms(hasRates ? Optional.of(RATES) : Optional.empty(), Map.of("k80", 0.25), false);
    }

    private static TraceJob seconds(String name, int devices) {
        return new TraceJob(name, "", 0, devices, 1000, new TraceJob.Work.Seconds(60), List.of());
    }

    private static JobTrace steps(String type, int devices) {
        return trace(new TraceJob("j", type, 0, devices, 1000, new TraceJob.Work.Steps(100), List.of()));
    }

    private static JobTrace trace(TraceJob job) {
        return new JobTrace(TraceFormat.GAVEL, List.of(job), List.of());
    }
}
