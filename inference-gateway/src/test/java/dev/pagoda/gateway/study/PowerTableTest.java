package dev.pagoda.gateway.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.PowerFit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PowerTableTest {
    private static final String HEADER = "prompt_size,batch_size,token_size,peak_power,average_power,prompt_time,"
            + "token_time,e2e_time,tensor_parallel";
    private static final Architecture MODEL = ModelShapes.shipped().get("Llama-2-70b-hf");
    private static final Device A100 = new Device("a100-sxm-80g", 80L << 30, 2039e9, 312e12, 300e9);

    @TempDir
    private Path folder = Path.of("");

    private PowerTable.Read read(String... lines) throws IOException {
        Path file = Files.write(
                folder.resolve("power.csv"),
                Stream.concat(Stream.of(HEADER), Stream.of(lines)).toList());
        return PowerTable.read(file, MODEL, A100);
    }

    private String fault(String... lines) {
        String message =
                String.valueOf(assertThrows(TraceFault.class, () -> read(lines)).getMessage());
        return message.substring(message.indexOf("power.csv") + 10);
    }

    @Test
    void readsBothPhases() throws IOException {
        PowerTable.Read read = read("512,1,128,1.0,0.736,196,54.8,7165,2");

        List<PowerFit.Phase> phases = read.points().getFirst().phases();
        assertEquals(.196, phases.getFirst().seconds(), 1e-9);
        assertEquals(6.969, phases.getLast().seconds(), 1e-9);
        // 138 GB of weights in 54.8 ms, of twice 2,039 GB/s
        assertEquals(.62, phases.getLast().memoryUse(), .01);
        // 512 x 138 GFLOP in 196 ms, of twice 312 TFLOP/s
        assertEquals(.58, phases.getFirst().computeUse(), .01);
    }

    @Test
    void averagesRepeatsAndPassesOverWhatHasNoPowerOrContradictsItself() throws IOException {
        PowerTable.Read read = read(
                "512,1,128,1.0,0.736,196,54.8,7165,2",
                "512,1,128,1.0,0.744,196,54.8,7165,2",
                "512,1,256,0.0,0.0,196,54.8,7165,2",
                "8192,1,128,1.0,0.18,2990,57,10303,2");

        assertEquals(
                List.of(.74),
                read.points().stream()
                        .map(each -> Math.round(1e6 * each.share()) / 1e6)
                        .toList());
        assertEquals(1, read.left());
    }

    @Test
    void saysWhatIsBroken() {
        assertEquals("line 2: expected 9 cells, found 2", fault("512,1"));
        assertEquals("line 2: prompt_time is 0.0, expected above 0", fault("512,1,128,1.0,0.7,0,54.8,7165,2"));
        assertEquals("has no rows with power", fault("512,1,256,0.0,0.0,196,54.8,7165,2"));
    }

    /// The data is not part of the repository: without it beside the repository nothing is tried.
    private static PowerTable.Read measured() {
        Path file = Stream.of("../shared", "../../shared")
                .map(each -> Path.of(each, "data/splitwise/perf_model.csv"))
                .filter(Files::exists)
                .findFirst()
                .orElse(Path.of(""));
        assumeTrue(Files.isRegularFile(file), "the measurements are not here");
        return PowerTable.read(file, MODEL, A100);
    }

    @Test
    void theShippedFiguresAreTheFitOfTheMeasurements() {
        PowerFit fit = PowerFit.of(measured().points(), PowerModel.IDLE_SHARE);

        assertEquals(fit.memory(), PowerModel.A100.memory(), .0006);
        assertEquals(fit.exponent(), PowerModel.A100.exponent(), 1e-9);
        assertEquals(fit.compute(), PowerModel.A100.compute(), .0006);
        assertTrue(fit.testError() < .06, fit.toString());
    }

    @Test
    void aDegreeOfParallelismThatWasNotSeenIsWithinTenPercent() {
        List<PowerFit.Point> all = measured().points();
        // rows of two, four and eight devices follow one another
        int third = all.size() / 3;
        for (int left = 0; left < 3; left++) {
            List<PowerFit.Point> seen = new ArrayList<>(all.subList(0, left * third));
            seen.addAll(all.subList((left + 1) * third, all.size()));
            PowerFit fit = PowerFit.of(seen, PowerModel.IDLE_SHARE);
            double sum = 0;
            for (PowerFit.Point each : all.subList(left * third, (left + 1) * third)) {
                double seconds = each.phases().stream()
                        .mapToDouble(PowerFit.Phase::seconds)
                        .sum();
                double drawn = each.phases().stream()
                        .mapToDouble(phase -> phase.seconds() * fit.share(phase.memoryUse(), phase.computeUse()))
                        .sum();
                sum += Math.abs(Math.log(drawn / seconds / each.share()));
            }
            assertTrue(sum / third < .1, "without the rows of group " + left + ": " + sum / third);
        }
    }
}
