package dev.pagoda.gateway.model;

import static dev.pagoda.gateway.model.Architectures.LLAMA_8B;
import static dev.pagoda.gateway.model.Devices.H100;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.model.Architecture.Experts;
import dev.pagoda.gateway.model.StepWork.Work;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepWorkTest {
    /// The shape of Qwen3-30B-A3B.
    private static final Architecture MIXTURE =
            new Architecture(48, 2048, 32, 4, 128, 6144, 151_936, 40_960, false, 2, 2, new Experts(128, 8, 768));

    private static Work work(Architecture model, Parallelism parallel, StepShape... ranks) {
        return new StepWork(model, parallel).perDevice(List.of(ranks));
    }

    private static void assertNear(Work expected, Work found) {
        assertEquals(expected.flops(), found.flops(), 1e-9 * expected.flops());
        assertEquals(expected.readBytes(), found.readBytes(), 1e-9 * expected.readBytes());
        assertEquals(expected.writeBytes(), found.writeBytes(), 1e-9 * expected.writeBytes());
    }

    @Test
    void aDecodeIsWhatVllmsFormulasGive() {
        // Llama-3.1-8B, one sequence with 999 tokens behind it; vLLM 0.19 counts a context of 1000
        Work work = work(LLAMA_8B, Parallelism.NONE, StepShape.decode(1, 999));
        double attention = 2.0 * 4096 * (32 + 16) * 128 + 2.0 * 4096 * 4096 + 4.0 * 32 * 128 * 1000;
        double feedForward = 6.0 * 4096 * 14_336;
        assertEquals(32 * (attention + feedForward) + 2.0 * 4096 * 128_256, work.flops(), 1);

        double weights = 2 * (4096.0 * 48 * 128 + 4096.0 * 4096 + 3.0 * 4096 * 14_336);
        double cache = 2.0 * 1000 * 8 * 128 * 2;
        double activations = 2.0 * (4096 + 4096 + 4096 + 4096 + 3.0 * 14_336);
        double head = 2.0 * 4096 * 128_256 + 2 * 4096;
        assertEquals(32 * (weights + cache + activations) + head, work.readBytes(), 1);

        double written = 2.0 * (48 * 128 + 16 * 128 + 4096 + 3.0 * 14_336 + 4096);
        assertEquals(32 * written + 2.0 * 128_256, work.writeBytes(), 1);
    }

    @Test
    void promptsCountPairsUnderTheMaskAndTheLogitsOfTheirLastToken() {
        Work work = work(LLAMA_8B, Parallelism.NONE, StepShape.prefill(2048));
        double layers = (LLAMA_8B.parameters() - 2.0 * 4096 * 128_256) * 2 * 2048;
        double attention = 32 * 4.0 * 4096 * 2048 * 1024;
        assertEquals(layers + attention + 2.0 * 4096 * 128_256, work.flops(), 1e-9 * work.flops());
    }

    @Test
    void draftsSeeEachOther() {
        // 2 sequences with 100 tokens each, 4 tokens a sequence: 100 and those before, and itself
        var step = new StepShape(8, 2, 2, 8, 200, 100, 100, 0, 0);
        var plain = new StepShape(8, 8, 8, 8, 800, 100, 100, 0, 0);
        double pairs = 2 * (4 * 100 + 1 + 2 + 3 + 4);
        double difference = 32 * 4.0 * 4096 * (pairs - 8 * 101);
        assertEquals(
                difference,
                work(LLAMA_8B, Parallelism.NONE, step).flops()
                        - work(LLAMA_8B, Parallelism.NONE, plain).flops(),
                1e5);
    }

    @Test
    void devicesShareTheWorkOfATensorAndOfAPipeline() {
        StepShape step = new StepShape(600, 101, 100, 100L * 3_000, 500, 500 * 250.0);
        double whole = work(LLAMA_8B, Parallelism.NONE, step).flops();
        assertEquals(whole / 4, work(LLAMA_8B, Parallelism.tensor(4), step).flops(), 1e-9 * whole);
        assertNear(
                work(LLAMA_8B, Parallelism.NONE, step).times(.25),
                work(LLAMA_8B, Parallelism.NONE.withPipeline(4), step));
    }

    @Test
    void ranksThatStandIdleLowerTheMean() {
        StepShape step = StepShape.decode(8, 500);
        Work one = work(LLAMA_8B, Parallelism.NONE, step);
        var ranks = new Parallelism(1, 4, 1);
        assertNear(one, work(LLAMA_8B, ranks, step, step, step, step));
        assertNear(one.times(.25), work(LLAMA_8B, ranks, step));
    }

    @Test
    void aMixtureComputesTheChosenExpertsAndReadsThoseThatAreHit() {
        Work one = work(MIXTURE, Parallelism.NONE, StepShape.decode(1, 10));
        Work many = work(MIXTURE, Parallelism.NONE, StepShape.decode(1_000, 10));
        assertEquals(1_000 * one.flops(), many.flops(), 1e-9 * many.flops());
        double expert = 2 * 3.0 * 2048 * 768;
        double fixed = one.readBytes() - 48 * 8 * expert;
        assertTrue(many.readBytes() > fixed + 48 * 127 * expert, "a thousand tokens hit about all 128 experts");
        // 3.3 billion weights are at work for each token, the head's among them
        assertEquals(2 * 3.0e9, one.flops(), .1e9 * 2);
    }

    @Test
    void expertsOverRanksAreAsMuchWorkAsExpertsOverTheTensor() {
        StepShape step = StepShape.decode(64, 700);
        Work spread = work(MIXTURE, new Parallelism(1, 4, 4), step, step, step, step);
        Work whole = work(MIXTURE, Parallelism.NONE, step);
        assertEquals(whole.flops(), spread.flops(), 1e-9 * whole.flops());
        assertTrue(spread.readBytes() < whole.readBytes(), "each rank has a quarter of the experts");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void noStepIsTimedFasterThanItsWorkAtTheDevicesPeaks(long seed) {
        var random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            int decodes = random.nextInt(200);
            int chunk = random.nextInt(3) == 0 || decodes == 0 ? 1 + random.nextInt(8_000) : 0;
            long context = (long) decodes * (1 + random.nextInt(4_000));
            var step = new StepShape(
                    decodes + chunk, decodes + (chunk > 0 ? 1 : 0), decodes, context, chunk, chunk * (chunk / 2.0));
            int tensor = 1 << random.nextInt(4);
            Work work = work(LLAMA_8B, Parallelism.tensor(tensor), step);
            double micros = new StepTime(LLAMA_8B, H100, tensor).deviceMicros(step);
            double computing = work.flops() / H100.flops() * 1e6;
            assertTrue(
                    computing < micros, "seed " + seed + ": " + step + " computes " + computing + " us of " + micros);
            if (chunk == 0) {
                double weights = KvCapacity.weightBytes(LLAMA_8B, Parallelism.tensor(tensor));
                assertTrue(work.readBytes() > .9 * weights, "seed " + seed + ": " + step);
                double reading = work.readBytes() / H100.memoryBytesPerSecond() * 1e6;
                assertTrue(reading < micros, "seed " + seed + ": " + step + " reads " + reading + " us of " + micros);
            }
        }
    }
}
