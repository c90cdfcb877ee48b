package dev.pagoda.compute.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ThroughputsTest {
    private static final String TABLE = """
            {"v100": {"('A', 1)": {"null": 10, "('B', 1)": [1, 2]}, "('A', 4)": {"null": 30}, "('B', 1)": {"null": 0.0}},
             "v100_unconsolidated": {"('A', 4)": {"null": 12}},
             "k80": {"('A', 1)": {"null": 1}}}
            """;
    private final Throughputs rates = Throughputs.read(new TraceText("rates.json", TABLE));

    @Test
    void keepsTheRatesOfJobsAloneByDeviceTypeAndSize() {
        assertEquals(Set.of("v100", "k80"), rates.devices());
        assertEquals(OptionalDouble.of(10), rates.rate("v100", "A", 1, false));
        assertEquals(OptionalDouble.of(12), rates.rate("v100", "A", 4, true));
        assertEquals(OptionalDouble.empty(), rates.rate("v100", "A", 2, false));
        assertEquals(OptionalDouble.empty(), rates.rate("h100", "A", 1, false));
    }

    @Test
    void scalesFromTheMostFewerDevices() {
        assertEquals(OptionalDouble.of(20), rates.scaledRate("v100", "A", 2, false));
        assertEquals(OptionalDouble.of(60), rates.scaledRate("v100", "A", 8, false));
        assertEquals(OptionalDouble.empty(), rates.scaledRate("v100", "A", 2, true));
    }

    @Test
    void knowsWhichTypesRun() {
        assertEquals(List.of("A"), rates.types("v100", 1));
        assertTrue(rates.knows("B"));
        assertFalse(rates.knows("C"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | 1 | 1 | an object of devices",
                "{\"v100\": 3} | 1 | 10 | an object of job types for v100",
                "{\"v100\": {\"A\": {}}} | 1 | 11 | a key like ('job type', devices)",
                "{\"v100\": {\"('A', 0)\": {}}} | 1 | 11 | a key like",
                "{\"v100\": {\"('A', 1)\": {\"null\": \"fast\"}}} | 1 | 32 | steps a second",
                "{\"v100\": {\"('A', 1)\": {\"null\": -1}}} | 1 | 32 | steps a second from 0",
                "{\"v100\": {\"('A', 1)\": {\"null\": 1e99}}} | 1 | 32 | steps a second from 0",
                "{\"v100\": {} | 1 | 12 | JSON",
                "{} | 0 | 0 | a device at least",
                "{\"v100\": {}} 5 | 1 | 14 | the end of the file",
            })
    void tellsWhereATableIsBrokenAndWhatWasExpected(String text, int line, int column, String expected) {
        TraceFault fault = assertThrows(TraceFault.class, () -> Throughputs.read(new TraceText("rates.json", text)));
        assertEquals("rates.json", fault.file());
        assertEquals(line, fault.line(), fault::getMessage);
        assertEquals(column, fault.column(), fault::getMessage);
        assertTrue(fault.expected().contains(expected), fault::getMessage);
    }

    @Test
    void refusesDeepNestingAndFaultsOfLaterLines() {
        String deep = "{\"v100\": {\"('A', 1)\": {\"x\": " + "[".repeat(50) + "]".repeat(50) + "}}}";
        assertThrows(TraceFault.class, () -> Throughputs.read(new TraceText("deep.json", deep)));
        TraceFault fault = assertThrows(
                TraceFault.class, () -> Throughputs.read(new TraceText("x.json", "{\"v100\":\n{\"A\": 1}}")));
        assertEquals(2, fault.line());
    }

    @Test
    void drawsTheSameJobsFromTheSameSeed() {
        List<TraceJob> jobs = new GavelArrivals(10, 500, false, 7).draw(rates).jobs();
        assertEquals(jobs, new GavelArrivals(10, 500, false, 7).draw(rates).jobs());
        assertEquals(500, jobs.size());
        assertTrue(jobs.stream().allMatch(job -> job.type().equals("A") && job.devices() == 1));
        double last = jobs.getLast().arrivalSeconds() / 3600;
        assertEquals(50, last, 10, "500 jobs at 10 an hour");
        assertThrows(IllegalArgumentException.class, () -> new GavelArrivals(0, 5, false, 1));
    }
}
