package dev.pagoda.gateway.model;

import static dev.pagoda.gateway.model.Architectures.LLAMA_8B;
import static dev.pagoda.gateway.model.Architectures.QWEN_72B;
import static dev.pagoda.gateway.model.Architectures.QWEN_7B;
import static dev.pagoda.gateway.model.Devices.ASCEND_910B;
import static dev.pagoda.gateway.model.Devices.H100;
import static dev.pagoda.gateway.model.Devices.L20;
import static dev.pagoda.gateway.model.Devices.RTX_PRO_6000;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class StepTimeTest {
    @Test
    void decodesOneSequenceOfSevenBillionOnAnH100InFiveToEightMilliseconds() {
        double micros = new StepTime(QWEN_7B, H100, 1).micros(StepShape.decode(1, 512));

        assertTrue(micros > 5_000 && micros < 8_000, micros + " us");
    }

    @Test
    void readsAPromptOfEightThousandTokensNearTheComputeBound() {
        double micros = new StepTime(QWEN_7B, H100, 1).micros(StepShape.prefill(8192));

        double atPeak = 2 * 6.5e9 * 8192 / H100.flops() * 1e6;
        assertTrue(micros > atPeak && micros < 2 * atPeak, micros + " us, " + atPeak + " at peak");
    }

    @Test
    void mixedStepsComeNearARealLogOfLlamaOnAnRtxPro6000() {
        // vLLM 0.19 log of casys-kaist/LLMServingSim: 128 running with a mean context of 1203, 36.3 ms a
        // token for the requests that ran while the batch was full; with 862 prompt and 665 output tokens of
        // a request one of 5.2 steps then reads a prompt
        StepTime time = new StepTime(LLAMA_8B, RTX_PRO_6000, 1);
        double decode = time.micros(StepShape.decode(128, 1203));
        double mixed = time.micros(new StepShape(127 + 862, 128, 127, 127 * 1203L, 862, 862 * 431.0));

        assertEquals(36_300, (4.2 * decode + mixed) / 5.2, .1 * 36_300);
    }

    @Test
    void growsWithTokens() {
        StepTime time = new StepTime(QWEN_7B, H100, 1);
        for (int tokens = 1; tokens < 16_384; tokens *= 2) {
            assertTrue(
                    time.micros(StepShape.prefill(tokens)) < time.micros(StepShape.prefill(2 * tokens)),
                    "prefill of " + tokens);
        }
    }

    @Test
    void growsWithSequencesAndWithTheirContext() {
        StepTime time = new StepTime(QWEN_7B, L20, 1);
        for (int sequences = 1; sequences < 512; sequences *= 2) {
            StepShape step = StepShape.decode(sequences, 256);
            assertTrue(time.micros(step) < time.micros(StepShape.decode(2 * sequences, 256)), sequences + " sequences");
            assertTrue(time.micros(step) < time.micros(StepShape.decode(sequences, 512)), sequences + " longer");
        }
    }

    @Test
    void moreDevicesShortenTheStepsOfALargeModel() {
        for (StepShape step : new StepShape[] {StepShape.decode(32, 1024), StepShape.prefill(4096)}) {
            double two = new StepTime(QWEN_72B, H100, 2).micros(step);
            double four = new StepTime(QWEN_72B, H100, 4).micros(step);
            double eight = new StepTime(QWEN_72B, H100, 8).micros(step);
            assertTrue(two > four && four > eight, two + ", " + four + ", " + eight);
            assertTrue(eight > two / 4, "joining costs something: " + two + ", " + eight);
        }
    }

    @Test
    void anH100IsFasterThanAnAscendAndThatFasterThanAnL20() {
        for (StepShape step : new StepShape[] {StepShape.decode(16, 1024), StepShape.prefill(2048)}) {
            double h100 = new StepTime(QWEN_7B, H100, 1).micros(step);
            double ascend = new StepTime(QWEN_7B, ASCEND_910B, 1).micros(step);
            double l20 = new StepTime(QWEN_7B, L20, 1).micros(step);
            assertTrue(h100 < ascend && ascend < l20, h100 + ", " + ascend + ", " + l20);
        }
    }

    @Test
    void aMixedStepTakesLongerThanEitherPart() {
        StepTime time = new StepTime(QWEN_7B, H100, 1);
        StepShape mixed = new StepShape(520, 9, 8, 8 * 512, 512, 512 * 256.0);

        assertTrue(time.micros(mixed) > time.micros(StepShape.prefill(512)));
        assertTrue(time.micros(mixed) > time.micros(StepShape.decode(8, 512)));
    }

    @Test
    void saysWhichDevicesAreOnlyEstimated() {
        assertEquals(Confidence.FITTED, new StepTime(QWEN_7B, H100, 1).confidence());
        assertEquals(Confidence.ESTIMATED, new StepTime(QWEN_7B, L20, 1).confidence());
    }

    @Test
    void aMixtureReadsOnlyTheExpertsThatAreHit() {
        var experts = new Architecture.Experts(128, 8, 768);
        var mixture = new Architecture(48, 2048, 32, 4, 128, 6144, 151_936, 40_960, false, 2, 2, experts);
        StepTime time = new StepTime(mixture, H100, 1);

        assertEquals(30.5e9, (double) mixture.parameters(), .3e9);
        assertTrue(time.micros(StepShape.decode(1, 512)) < .5 * time.micros(StepShape.decode(64, 512)));
    }

    @Test
    void ranksThatShareExpertsEachReadFewer() {
        var experts = new Architecture.Experts(128, 8, 768);
        var mixture = new Architecture(48, 2048, 32, 4, 128, 6144, 151_936, 40_960, false, 2, 2, experts);
        var link = new Link.Fitted(H100);
        var own = new StepTime(mixture, H100, new Parallelism(1, 2, 1), link, HostTime.VLLM);
        var spread = new StepTime(mixture, H100, new Parallelism(1, 2, 2), link, HostTime.VLLM);

        assertTrue(spread.micros(StepShape.decode(64, 512)) < own.micros(StepShape.decode(64, 512)));
    }

    @Test
    void aHostThatLaunchesEveryKernelBoundsAStepFromBelow() {
        var eager = new StepTime(QWEN_7B, H100, 1, new Link.Fitted(H100), HostTime.EAGER);

        assertEquals(28 * 545 + 600 + 230, eager.micros(StepShape.decode(1, 512)), 1e-6);
    }

    @Test
    void theStagesOfAPipelineTogetherTakeTheStepAndItsHandOvers() {
        var link = new Link.Ring(10, 25e9);
        var whole = new StepTime(QWEN_72B, H100, Parallelism.tensor(2), link, new HostTime(0, 0, 0));
        var split = new StepTime(QWEN_72B, H100, Parallelism.tensor(2).withPipeline(3), link, new HostTime(0, 0, 0));
        StepShape step = StepShape.decode(32, 1_000);

        long[] stages = split.stageNanos(List.of(step));
        double handOvers = 2 * (10 + 4.0 * 32 * QWEN_72B.hidden() / 2 / 25e9 * 1e6);
        assertEquals(3, stages.length);
        assertEquals(whole.micros(step) + handOvers, (stages[0] + stages[1] + stages[2]) / 1e3, .01);
        assertTrue(stages[2] > stages[0], "the last has the vocabulary head too");
    }

    @Test
    void fewerBitsForWeightsAndCacheMakeDecodesFaster() {
        double last = Double.MAX_VALUE;
        for (double[] bytes : new double[][] {{2, 2}, {2, 1}, {1, 1}, {.5, 1}, {.5, .5}}) {
            double micros =
                    new StepTime(LLAMA_8B.withBytes(bytes[0], bytes[1]), H100, 1).micros(StepShape.decode(64, 4_000));
            assertTrue(micros < last, bytes[0] + " and " + bytes[1] + " bytes take " + micros + " us");
            last = micros;
        }
    }

    @Test
    void refusesNoDevices() {
        assertThrows(IllegalArgumentException.class, () -> new StepTime(QWEN_7B, H100, 0));
    }
}
