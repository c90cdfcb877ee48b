package dev.pagoda.gateway.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Architecture.Experts;
import dev.pagoda.gateway.model.HostTime;
import dev.pagoda.gateway.model.Link;
import dev.pagoda.gateway.model.MeasuredStepTime;
import dev.pagoda.gateway.model.OperatorTables;
import dev.pagoda.gateway.model.Parallelism;
import dev.pagoda.gateway.model.StepShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileFolderTest {
    private static final Architecture DENSE = new Architecture(2, 64, 4, 2, 16, 128, 100, 4096, false, 2, 2);
    private static final Architecture MIXTURE =
            new Architecture(2, 64, 4, 2, 16, 128, 100, 4096, false, 2, 2, new Experts(8, 2, 32));
    private static final Link LINK = new Link.Ring(10, 1e9);
    private static final HostTime NO_HOST = new HostTime(0, 0, 0);

    @TempDir
    private Path root = Path.of("");

    private Path folder = Path.of("");

    @BeforeEach
    void write() throws IOException {
        folder = Files.createDirectories(root.resolve("GPU1/maker/Model-1B/bf16"));
        put(
                "meta.yaml",
                "hardware: GPU1",
                "model: maker/Model-1B",
                "variant: bf16",
                "skew_fit:",
                "  enabled: true",
                "  bucket_axes:",
                "    n_bins: [0, 2, 8]",
                "    n_labels: [n<=2, n<=8]",
                "  per_tp:",
                "    1:",
                "      alpha_default: 0.5");
        put(
                "tp1/dense.csv",
                "layer,tokens,time_us",
                "layernorm,1,1",
                "layernorm,100,1",
                "qkv_proj,1,10",
                "qkv_proj,101,20",
                "embedding,1,3",
                "final_layernorm,1,2",
                "gate_up_proj,1,100");
        put("tp1/per_sequence.csv", "layer,sequences,time_us", "lm_head,1,5", "sampler,1,1");
        put(
                "tp1/attention.csv",
                "prefill_chunk,kv_prefill,n_decode,kv_decode,time_us",
                "0,0,2,100,10",
                "0,0,2,300,30",
                "0,0,4,100,20",
                "0,0,4,300,60",
                "16,0,0,0,4",
                "16,0,2,100,14",
                "16,0,2,300,34",
                "32,0,0,0,8",
                "32,0,2,100,18",
                "32,0,2,300,38");
    }

    private void put(String name, String... lines) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, List.of(lines));
    }

    private OperatorTables tables() {
        return ProfileFolder.find(root, "model-1b", "gpu1").tables(1, 1);
    }

    private double micros(Architecture model, Parallelism parallel, StepShape step) {
        return new MeasuredStepTime(model, tables(), parallel, LINK, NO_HOST).micros(step);
    }

    private String fault(int tensor) {
        return String.valueOf(assertThrows(
                                TraceFault.class,
                                () -> ProfileFolder.find(root, null, null).tables(tensor, 1))
                        .getMessage())
                .replace(folder.toString(), "");
    }

    @Test
    void addsUpTheOperatorsOfAStep() {
        double layer = 2 * 1 + 10.1 + 100 + 10;

        assertEquals(2 * layer + 3 + 2 + 5 + 1, micros(DENSE, Parallelism.NONE, StepShape.decode(2, 100)), 1e-9);
    }

    @Test
    void interpolatesBetweenAndBeyondThePoints() {
        double between = micros(DENSE, Parallelism.NONE, StepShape.decode(3, 200))
                - micros(DENSE, Parallelism.NONE, StepShape.decode(3, 100));
        double beyond = micros(DENSE, Parallelism.NONE, StepShape.decode(2, 500))
                - micros(DENSE, Parallelism.NONE, StepShape.decode(2, 300));

        assertEquals(2 * 15, between, 1e-9);
        assertEquals(2 * 20, beyond, 1e-9);
    }

    @Test
    void unequalContextsTakeLongerByTheDefaultShare() {
        var unequal = new StepShape(2, 2, 2, 2, 400, 300, 100, 0, 0);

        double more =
                micros(DENSE, Parallelism.NONE, unequal) - micros(DENSE, Parallelism.NONE, StepShape.decode(2, 200));
        assertEquals(2 * .5 * 10, more, 1e-9);
    }

    @Test
    void unequalContextsTakeLongerByTheShareOfTheirCell() throws IOException {
        put(
                "tp1/skew_fit.csv",
                "pc,n_label,skew_rate_label,kv_big_label,kp_label,alpha,n_samples",
                "0,n<=2,sr<=70%,kvB<=1k,kp=0,0.25,9",
                "0,n<=8,sr<=70%,kvB<=1k,kp=0,0.75,9");
        var unequal = new StepShape(2, 2, 2, 2, 400, 300, 100, 0, 0);

        double more =
                micros(DENSE, Parallelism.NONE, unequal) - micros(DENSE, Parallelism.NONE, StepShape.decode(2, 200));
        assertEquals(2 * .25 * 10, more, 1e-9);
    }

    @Test
    void manyShortPromptsCostLessAttentionThanALongOne() {
        var two = new StepShape(32, 2, 0, 0, 32, 2 * 16 * 8.0);
        var one = new StepShape(32, 1, 0, 0, 32, 32 * 16.0);

        assertTrue(micros(DENSE, Parallelism.NONE, two) <= micros(DENSE, Parallelism.NONE, one));
    }

    @Test
    void expertsTakeThePlaceOfTheFeedForward() throws IOException {
        put("tp1/moe.csv", "tokens,activated_experts,time_us", "1,1,7", "1,2,7", "4,2,7", "4,8,7");
        double layer = 2 * 1 + 10.1 + 10 + 7;

        assertEquals(2 * layer + 3 + 2 + 5 + 1, micros(MIXTURE, Parallelism.NONE, StepShape.decode(2, 100)), 1e-9);
    }

    @Test
    void ranksThatShareExpertsExchangeTheirTokens() throws IOException {
        put("tp1/moe.csv", "ep,tokens,activated_experts,time_us", "1,1,1,7", "1,64,8,7", "2,1,1,5", "2,64,4,5");
        var parallel = new Parallelism(1, 2, 2);
        var time = new MeasuredStepTime(
                MIXTURE, ProfileFolder.find(root, null, null).tables(1, 2), parallel, LINK, NO_HOST);

        double alone = time.deviceMicros(List.of(StepShape.decode(2, 100)));
        double both = time.deviceMicros(List.of(StepShape.decode(2, 100), StepShape.decode(2, 100)));
        double exchange = 2.0 * 64 * 2 / 1e9 * 1e6;
        assertEquals(2 * exchange, both - alone, 1e-6, "only the exchange grows with the other rank's tokens");
    }

    @Test
    void saysWhatIsMissingOrBroken() throws IOException {
        assertEquals(" has no tables for tensor parallelism 2, only for [1]", fault(2));
        put("tp1/dense.csv", "layer,tokens", "qkv_proj,1");
        assertEquals("/tp1/dense.csv line 1: expected the column time_us, found [layer, tokens]", fault(1));
        put("tp1/dense.csv", "layer,tokens,time_us", "qkv_proj,1,fast");
        assertEquals("/tp1/dense.csv line 2: expected a number in time_us, not 'fast'", fault(1));
        put("tp1/dense.csv", "layer,tokens,time_us", "qkv_proj,1");
        assertEquals("/tp1/dense.csv line 2: expected 3 cells, found 2", fault(1));
        Files.delete(folder.resolve("tp1/dense.csv"));
        assertTrue(fault(1).startsWith("there is no file "));
        assertTrue(String.valueOf(assertThrows(TraceFault.class, () -> ProfileFolder.find(root, "other", null))
                        .getMessage())
                .endsWith("there are [GPU1 maker/Model-1B bf16]"));
    }
}
