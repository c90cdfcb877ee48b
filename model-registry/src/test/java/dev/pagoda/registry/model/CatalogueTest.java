package dev.pagoda.registry.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.registry.api.Backend;
import dev.pagoda.registry.api.ModelAccess;
import dev.pagoda.registry.api.ModelArchitecture;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.RegisterModel;
import dev.pagoda.registry.api.RegisterVersion;
import dev.pagoda.registry.api.RegisteredModel;
import dev.pagoda.registry.api.ServingSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class CatalogueTest {
    private static final Principal ACME = new Principal("acme", "t", "p", "k1", Principal.Role.MEMBER);
    private static final Principal RIVAL = new Principal("rival", "t", "p", "k2", Principal.Role.MEMBER);

    private final Catalogue catalogue = new Catalogue();
    private final RegisteredModel seed = SeedModels.all(1).getFirst();

    @BeforeEach
    void fill() {
        SeedModels.all(1).forEach(catalogue::put);
    }

    @Test
    void acceptsNameAndHubIdInAnyCaseWithVersionOrAlias() {
        for (String reference : List.of(
                "qwen2.5-7b-instruct",
                "Qwen2.5-7B-Instruct",
                "Qwen/Qwen2.5-7B-Instruct",
                "qwen/qwen2.5-7b-instruct",
                "qwen2.5-7b-instruct:1",
                "qwen2.5-7b-instruct@production",
                "Qwen/Qwen2.5-7B-Instruct:1")) {
            assertEquals(
                    "qwen2.5-7b-instruct:1", catalogue.resolve(reference, ACME).reference(), reference);
        }
    }

    @Test
    void refusesWhatDoesNotExistAndSaysWhatDoes() {
        assertNotFound("there is no model 'gpt-9'", "gpt-9");
        assertNotFound("there is no model ''", "");
        assertNotFound("there is no model 'qwen2.5:7b'", "qwen2.5:7b");
        assertNotFound("there is no model '" + "x".repeat(100) + "...'", "x".repeat(5_000));
        assertNotFound("model qwen2.5-7b-instruct has no version 9; its newest is 1", "qwen2.5-7b-instruct:9");
        assertNotFound(
                "model qwen2.5-7b-instruct has no alias 'canary'; it has [production]", "qwen2.5-7b-instruct@canary");
    }

    @Test
    void aNameAloneMeansProductionThenTheNewestServedThenTheNewest() {
        RegisteredModel model = withVersions(privateModel("llm", "acme"), 3);
        catalogue.put(model);
        assertEquals(3, catalogue.resolve("llm", ACME).version());
        var spec = new ServingSpec(Backend.SIMULATED, 1, 1, 1, List.of(), 8);
        model = ModelChanges.serve(ModelChanges.serve(model, 1, spec), 2, spec);
        catalogue.put(model);
        assertEquals(2, catalogue.resolve("llm", ACME).version());
        catalogue.put(ModelChanges.setAlias(model, "production", 1));
        assertEquals(1, catalogue.resolve("llm", ACME).version());
        assertEquals(3, catalogue.resolve("llm:3", ACME).version());
    }

    @Test
    void hidesPrivateModelsFromOtherTenants() {
        catalogue.put(privateModel("secret", "acme"));
        assertEquals("secret", catalogue.find("secret", ACME).name());
        assertEquals("secret", catalogue.find("secret", Principal.PLATFORM).name());
        assertThrows(Refused.class, () -> catalogue.find("secret", RIVAL));
        assertThrows(Refused.class, () -> catalogue.resolve("secret:1", RIVAL));
        assertEquals(8, catalogue.visibleTo(RIVAL).size());
        assertEquals(9, catalogue.visibleTo(ACME).size());
    }

    @Test
    void letsInNamedTenantsWithoutTellingThemOfEachOther() {
        catalogue.put(ModelChanges.setAccess(
                privateModel("shared", "acme"), new ModelAccess(false, List.of("rival", "third"))));
        RegisteredModel seen = catalogue.visibleTo(RIVAL).stream()
                .filter(model -> model.name().equals("shared"))
                .findFirst()
                .orElseThrow();
        assertEquals(List.of("rival"), seen.access().tenants());
        assertEquals(
                2,
                Catalogue.shownTo(ACME, catalogue.find("shared", ACME))
                        .access()
                        .tenants()
                        .size());
        var refused = assertThrows(Refused.class, () -> ModelChanges.authorise(RIVAL, seen));
        assertEquals(Reason.FORBIDDEN, refused.refusal().reason());
    }

    @Test
    void aPrivateModelCannotTakeAPublicHubIdFromOthers() {
        catalogue.put(new RegisteredModel(
                "mine",
                seed.huggingFaceId(),
                "p",
                "acme",
                seed.task(),
                ModelAccess.EVERYONE,
                2,
                Map.of(),
                privateModel("mine", "acme").versions()));
        assertEquals(seed.name(), catalogue.find(seed.huggingFaceId(), RIVAL).name());
    }

    @Test
    void listsWhatIsServed() {
        assertEquals(
                List.of(
                        "all-minilm-l6-v2",
                        "bge-small-zh-v1.5",
                        "llama-3.1-8b-instruct",
                        "qwen2.5-72b-instruct",
                        "qwen2.5-7b-instruct"),
                catalogue.serving(ACME).stream().map(ModelVersion::model).toList());
    }

    @Test
    void servesOnlyWhatTheBackendAndTheDevicesCanRun() {
        var onnx = new ServingSpec(Backend.ONNX, 1, 1, 0, List.of(), 8);
        assertEquals(
                "backend ONNX does not run models for CHAT; SIMULATED does",
                assertThrows(Refused.class, () -> ModelChanges.serve(seed, 1, onnx))
                        .getMessage());
        var three = new ServingSpec(Backend.SIMULATED, 1, 1, 3, List.of(), 8);
        assertEquals(
                "the 28 heads of qwen2.5-7b-instruct do not divide over 3 devices",
                assertThrows(Refused.class, () -> ModelChanges.serve(seed, 1, three))
                        .getMessage());
    }

    @Test
    void tellsWhichServingsChanged() {
        RegisteredModel ended = ModelChanges.unserve(seed, 1);
        assertEquals(1, ModelChanges.servingChanges(null, seed).size());
        assertEquals(List.of(), ModelChanges.servingChanges(seed, seed));
        assertFalse(ModelChanges.servingChanges(seed, ended).getFirst().isServed());
        assertEquals(List.of(), ModelChanges.servingChanges(null, ended));
        var wider = new ServingSpec(Backend.SIMULATED, 1, 9, 2, List.of(), 8);
        assertTrue(ModelChanges.servingChanges(seed, ModelChanges.serve(seed, 1, wider))
                .getFirst()
                .isServed());
        assertEquals(List.of(), ModelChanges.servingChanges(seed, ModelChanges.setTags(seed, 1, Map.of("a", "b"))));
    }

    @Test
    void refusesFiguresThatNoTransformerHas() {
        ModelArchitecture good = seed.newest().architecture();
        assertInvalid("layers 0 is outside 1..4096", good, 0, good.kvHeads(), good.parameters());
        assertInvalid("kv_heads 29 is outside 1..28", good, 28, 29, good.parameters());
        assertInvalid("heads 28 is not a multiple of kv_heads 3", good, 28, 3, good.parameters());
        assertInvalid("parameters -1 or weight_bytes 15231233024 is below 0", good, 28, 4, -1);
    }

    @Test
    void takesOmittedCountsFromTheShape() {
        ModelArchitecture good = seed.newest().architecture();
        var derived = new ModelArchitecture(
                good.family(), 28, 3584, 18944, 28, 4, 128, 152064, 32768, false, 0, 0, good.dtype());
        assertEquals(good.shapeParameters(), derived.parameters());
        assertEquals(2 * derived.parameters(), derived.weightBytes());
    }

    private static void assertInvalid(
            String message, ModelArchitecture good, int layers, int kvHeads, long parameters) {
        var error = assertThrows(
                IllegalArgumentException.class,
                () -> new ModelArchitecture(
                        good.family(),
                        layers,
                        good.hidden(),
                        good.intermediate(),
                        good.heads(),
                        kvHeads,
                        good.headDim(),
                        good.vocabulary(),
                        good.context(),
                        false,
                        parameters,
                        good.weightBytes(),
                        good.dtype()));
        assertEquals(message, error.getMessage());
    }

    private void assertNotFound(String message, String reference) {
        var refused = assertThrows(Refused.class, () -> catalogue.resolve(reference, ACME));
        assertEquals(Reason.NOT_FOUND, refused.refusal().reason());
        assertEquals("model_not_found", refused.refusal().code());
        assertEquals(message, refused.getMessage());
    }

    private RegisteredModel privateModel(String name, String tenant) {
        var request = new RegisterModel(
                name,
                "",
                "p",
                seed.task(),
                ModelAccess.OWNER_ONLY,
                seed.newest().architecture(),
                "",
                Map.of());
        return ModelChanges.register(request, tenant, 2);
    }

    private RegisteredModel withVersions(RegisteredModel model, int count) {
        RegisteredModel grown = model;
        while (grown.versions().size() < count) {
            var request = new RegisterVersion(model.name(), seed.newest().architecture(), "", Map.of());
            grown = ModelChanges.addVersion(grown, request, 3);
        }
        return grown;
    }
}
