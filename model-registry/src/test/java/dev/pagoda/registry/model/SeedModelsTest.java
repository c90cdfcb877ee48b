package dev.pagoda.registry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.registry.api.Backend;
import dev.pagoda.registry.api.ModelArchitecture;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.RegisteredModel;
import dev.pagoda.registry.api.ServingSpec;
import dev.pagoda.registry.api.Task;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SeedModelsTest {
    static Stream<RegisteredModel> seeds() {
        return SeedModels.all(7).stream();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void publishedParametersFollowFromTheShapeWithinTwoPercent(RegisteredModel seed) {
        ModelArchitecture architecture = seed.newest().architecture();
        double ratio = (double) architecture.shapeParameters() / architecture.parameters();
        assertTrue(Math.abs(ratio - 1) < 0.02, seed.name() + " has " + ratio + " times the published count");
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void weightsAreAsLongAsTheirParametersAndType(RegisteredModel seed) {
        ModelArchitecture architecture = seed.newest().architecture();
        assertEquals(architecture.parameters() * architecture.dtype().bytes(), architecture.weightBytes());
        assertTrue(architecture.heads() * architecture.headDim() >= architecture.hidden(), seed.name());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void namesItsSourceAndIsPublicAndInProduction(RegisteredModel seed) {
        assertTrue(seed.newest().source().startsWith("https://huggingface.co/" + seed.huggingFaceId()), seed.name());
        assertTrue(seed.access().everyone());
        assertEquals(1, seed.aliases().get("production"));
        assertEquals("platform", seed.tenant());
    }

    @Test
    void bringsTheModelsOfTheFirstIssue() {
        List<String> names = seeds().map(RegisteredModel::name).toList();
        assertEquals(
                List.of(
                        "qwen2.5-7b-instruct",
                        "qwen2.5-72b-instruct",
                        "deepseek-r1-distill-qwen-32b",
                        "llama-3.1-8b-instruct",
                        "mistral-7b-instruct-v0.3",
                        "yi-1.5-34b-chat",
                        "all-minilm-l6-v2",
                        "bge-small-zh-v1.5"),
                names);
    }

    @Test
    void countsParametersAsTheHubDoes() {
        assertEquals(8_030_261_248L, byName("llama-3.1-8b-instruct").shapeParameters());
        assertEquals(7_248_023_552L, byName("mistral-7b-instruct-v0.3").shapeParameters());
        assertEquals(34_388_917_248L, byName("yi-1.5-34b-chat").shapeParameters());
        assertEquals(22_713_216L, byName("all-minilm-l6-v2").shapeParameters());
        assertEquals(23_953_920L, byName("bge-small-zh-v1.5").shapeParameters());
    }

    @Test
    void knowsTheMemoryOfOneToken() {
        assertEquals(57_344, byName("qwen2.5-7b-instruct").kvBytesPerToken());
        assertEquals(327_680, byName("qwen2.5-72b-instruct").kvBytesPerToken());
    }

    @Test
    void whatIsServedAtFirstFitsSixteenDevicesOfEightyGibibytes() {
        List<ModelVersion> served = seeds().map(RegisteredModel::newest)
                .filter(ModelVersion::isServed)
                .toList();
        assertEquals(5, served.size());
        int devices = 0;
        for (ModelVersion version : served) {
            ServingSpec spec = Objects.requireNonNull(version.serving());
            devices += spec.maxReplicas() * spec.devicesPerReplica();
            if (version.task() == Task.EMBEDDING) {
                assertEquals(Backend.ONNX, spec.backend());
                continue;
            }
            long perDevice = version.architecture().weightBytes() / spec.devicesPerReplica();
            assertTrue(perDevice < (80L << 30) / 2, version.model());
            assertEquals("h100-sxm", spec.accelerators().getFirst());
        }
        assertTrue(devices <= 16, devices + " devices at most");
        assertFalse(byModel("yi-1.5-34b-chat").newest().isServed());
    }

    private static RegisteredModel byModel(String name) {
        return seeds().filter(seed -> seed.name().equals(name)).findFirst().orElseThrow();
    }

    private static ModelArchitecture byName(String name) {
        return byModel(name).newest().architecture();
    }
}
