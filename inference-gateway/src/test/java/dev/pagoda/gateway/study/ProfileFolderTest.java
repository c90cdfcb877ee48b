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
        assertEquals(2 * .62 * .5 * 10, more, 1e-9, "less than the pooled share, for decodes are alone");
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

        double alone = time.deviceMicros(List.of(StepShape.prefill(600)));
        double both = time.deviceMicros(List.of(StepShape.prefill(600), StepShape.decode(2, 100)));
        double gathered = 2.0 * 2 * (64 + 8) / 2 / 1e9 * 1e6;
        double scattered = 2.0 * 2 * 64 / 2 / 1e9 * 1e6;
        assertEquals(
                2 * (gathered + scattered), both - alone, 1e-6, "only the exchange grows with the other rank's tokens");
    }

    @Test
    void inStepsFromAGraphAnIdleRankRunsAsManyTokensAsTheOther() throws IOException {
        put("tp1/moe.csv", "ep,tokens,activated_experts,time_us", "1,1,1,7", "1,64,8,7", "2,1,1,5", "2,64,4,5");
        var time = new MeasuredStepTime(
                MIXTURE, ProfileFolder.find(root, null, null).tables(1, 2), new Parallelism(1, 2, 2), LINK, NO_HOST);

        assertEquals(
                time.deviceMicros(List.of(StepShape.decode(4, 100), StepShape.decode(2, 100))),
                time.deviceMicros(List.of(StepShape.decode(4, 100))),
                1e-9);
    }

    @Test
    void readsTheSharesByLeverageInBothForms() throws IOException {
        String[] head = {"hardware: GPU1", "model: maker/Model-1B", "variant: bf16", "skew_fit:", "  enabled: true"};
        var unequal = new StepShape(2, 2, 2, 2, 400, 300, 100, 0, 0);
        put(
                "meta.yaml",
                String.join("\n", head),
                "  bucket_axes:",
                "    n_bins: [0, 3, 1000000000]",
                "    n_labels: [n=2, n>2]",
                "    pc_bins: [-1, 1, 1000000000]",
                "    pc_labels: [pc0, pcS]",
                "    lev_bins: [0.0, 0.25, 1000000000.0]",
                "    lev_labels: [lev0, lev1]",
                "  per_tp:",
                "    1: {alpha_default: 0.5}");
        put(
                "tp1/skew_fit.csv",
                "layer,n_label,pc_label,lev_label,alpha,n_samples",
                "attention,n=2,pc0,lev1,0.3,9",
                "other,n=2,pc0,lev1,0.9,9",
                "attention,n>2,pc0,lev1,0.7,9");
        assertEquals(2 * .3 * 10, overEqual(unequal), 1e-9);

        put(
                "meta.yaml",
                String.join("\n", head),
                "  per_tp:",
                "    1:",
                "      axes: {pc_bins: [-1, 1, 1000000000], pc_labels: [pc0, pc1],"
                        + " lev_bins: [0.0, 0.25, 1000000000.0], lev_labels: [lev0, lev1]}",
                "      alpha_default_by_kernel: {attention|q=1: 0.5}",
                "      n_range_by_kernel: {attention|q=1: [2, 256]}");
        put(
                "tp1/skew_fit.csv",
                "layer,decode_q_len,pc_label,lev_label,n_anchor,alpha,direct_rows,pooled_rows",
                "attention,1,pc0,lev1,2,0.4,20,20",
                "attention,1,pc0,lev1,8,0.8,20,20",
                "attention,2,pc0,lev1,2,0.1,20,20");
        assertEquals(2 * .4 * 10, overEqual(unequal), 1e-9);
        put(
                "tp1/skew_fit.csv",
                "layer,decode_q_len,pc_label,lev_label,n_anchor,alpha,direct_rows,pooled_rows",
                "attention,1,pc1,lev1,2,0.4,20,20");
        assertEquals(2 * .5 * 10, overEqual(unequal), 1e-9, "the default where no cell is");
    }

    private double overEqual(StepShape unequal) {
        return micros(DENSE, Parallelism.NONE, unequal) - micros(DENSE, Parallelism.NONE, StepShape.decode(2, 200));
    }

    @Test
    void readsWhatExchangesTookFromTheHardwaresFile() throws IOException {
        assertTrue(ProfileFolder.find(root, null, null).link().isEmpty());
        Path file = root.resolve("GPU1/hardware.yaml");
        Files.write(
                file,
                List.of(
                        "measured:",
                        "  interconnect:",
                        "    npus: 2",
                        "    samples:",
                        "    - {collective: all_reduce, bytes: 1000, us: 20, us_graphed: 10}",
                        "    - {collective: all_reduce, bytes: 3000, us: 40, us_graphed: 30}",
                        "    - {collective: all_gather, bytes: 1000, us: 8}",
                        "    - {collective: all_gather, bytes: 2000, us: 14}"));

        Link link = ProfileFolder.find(root, null, null).link().orElseThrow();
        assertEquals(20, link.allReduceMicros(2000, 2), 1e-9);
        assertEquals(11, link.allGatherMicros(3000, 2), 1e-9, "1,500 bytes of each of two");
        assertEquals(link.allReduceMicros(3000, 2), link.allReduceMicros(2000, 4), 1e-9, "a ring of four sends more");

        Files.write(file, List.of("defaults:", "  link_bw: {value: 2}", "  link_latency: {value: 500}"));
        assertEquals(
                1 + 1000 / 2e9 * 1e6,
                ProfileFolder.find(root, null, null).link().orElseThrow().allReduceMicros(1000, 2),
                1e-9);
        Files.write(file, List.of("measured:", "  interconnect:", "    samples: [{bytes: -1, us: 3}]"));
        assertTrue(String.valueOf(assertThrows(
                                TraceFault.class,
                                () -> ProfileFolder.find(root, null, null).link())
                        .getMessage())
                .startsWith(file + ": expected bytes and us above 0"));
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
