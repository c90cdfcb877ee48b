package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.fleet.Node;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigTest {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /// Values for the keys that a number beside the default or a word does not change validly.
    private static final Map<String, JsonNode> OTHER_VALUES = Map.of(
            "/store/url", NODES.textNode("jdbc:postgresql://localhost/pagoda"),
            "/compute/strategy", NODES.textNode("spread"),
            "/gateway/rerankers",
                    NODES.arrayNode().add(NODES.objectNode().put("name", "ours").put("folder", "models/ours")),
            "/gateway/replicas/engine", NODES.textNode("sglang"),
            "/gateway/replicas/routing", NODES.textNode("cache-aware"),
            "/gateway/replicas/autoscaler", NODES.textNode("pressure"),
            "/governance/prices",
                    NODES.objectNode()
                            .set("*", NODES.objectNode().put("inputNanos", 1).put("outputNanos", 2)),
            "/traffic/cassettes",
                    NODES.arrayNode()
                            .add(NODES.objectNode()
                                    .put("name", "ci")
                                    .put("mode", "replay")
                                    .put("file", "ci.jsonl")
                                    .set("models", NODES.arrayNode().add("gpt-4o"))),
            "/vectors/snapshotHosts", NODES.arrayNode().add("snapshots.internal:6333"),
            "/workflow/ingest/folders", NODES.arrayNode().add("./other"));

    @TempDir
    Path folder;

    @Test
    void shippedFileEqualsTheDefaultsOfTheRecords() {
        assertEquals(Config.defaults(), ConfigFile.parse("shipped", ConfigFile.shippedText()));
    }

    @Test
    void emptyFileKeepsTheDefaults() {
        assertEquals(Config.defaults(), ConfigFile.parse("empty", "# nothing\n"));
    }

    @ParameterizedTest
    @MethodSource("keys")
    void eachKeyCanBeChanged(String key) {
        List<String> refusals = new ArrayList<>();
        for (JsonNode value : others(key)) {
            try {
                Config changed = ConfigFile.parse("changed", only(key, value));
                assertNotEquals(Config.defaults(), changed, key + ": " + value);
                return;
            } catch (StartRefused e) {
                refusals.add(e.getMessage());
            }
        }
        throw new AssertionError(key + " takes none of the values tried: " + refusals);
    }

    @Test
    void eachKeyIsExplained() {
        List<String> bare = new ArrayList<>();
        String before = "";
        for (String line : ConfigFile.shippedText().lines().toList()) {
            boolean isKey = line.matches("\\s+\\w+: \\S.*");
            if (isKey && !before.strip().startsWith("#") && !line.contains(" # ")) {
                bare.add(line);
            }
            before = line;
        }
        assertEquals(List.of(), bare);
    }

    @Test
    void nodeGroupMaySayWhereItStandsAndHowItIsDivided() {
        Config config = ConfigFile.parse("my.yaml", """
                compute:
                  nodes:
                    - { count: 2, prefix: a, accelerator: h100-sxm, devices: 8, hostMemoryGib: 512, partition: mig,
                        usdPerHour: 2, host: { cpuCores: 96, numaNodes: 2, pcieSwitches: 4 },
                        site: { region: europe-north1, network: infiniband_ndr, storage: all_flash, isolation: vm } }
                """);
        Node node = config.compute().fleet(AcceleratorCatalogue.shipped()).getLast();
        assertEquals(96, node.shape().cpuCores());
        assertEquals("europe-north1", node.place().region().id());
        assertEquals(8, node.service().nics());
        assertEquals("mig", node.mode().name());
        assertEquals(2.0, node.service().usdPerDeviceHour());
    }

    @Test
    void namesTheNearestKeyAndTheLineOfAnUnknownOne() {
        assertEquals(
                "my.yaml line 3: unknown key http.prot, the nearest known key is http.port",
                refusal("http:\n  host: localhost\n  prot: 9\n"));
    }

    @Test
    void findsAKeyThatStandsInTheWrongPlace() {
        assertEquals("my.yaml line 1: unknown key port, the nearest known key is http.port", refusal("port: 9\n"));
    }

    @Test
    void saysWhatAWrongTypeShouldHaveBeen() {
        assertEquals(
                "my.yaml line 2: http.port is \"many\", expected a whole number", refusal("http:\n  port: many\n"));
        assertEquals("my.yaml line 2: http.port is 1.5, expected a whole number", refusal("http:\n  port: 1.5\n"));
        assertEquals("my.yaml line 2: http.port is null, expected a whole number", refusal("http:\n  port:\n"));
        assertEquals("my.yaml line 2: http.host is 17, expected a text", refusal("http:\n  host: 17\n"));
        assertEquals("my.yaml line 1: http is \"local\", expected keys and values", refusal("http: local\n"));
    }

    @Test
    void saysTheBoundsOfAValueOutsideThem() {
        assertEquals("my.yaml line 2: http: port 70000 is outside 0..65535", refusal("http:\n  port: 70000\n"));
    }

    @Test
    void namesTheChoicesOfAnEnum() {
        assertEquals(
                "my.yaml line 2: compute.strategy is \"best\", expected one of pagoda, binpack, spread, topology",
                refusal("compute:\n  strategy: best\n"));
    }

    @Test
    void findsAnUnknownKeyInsideAList() {
        assertEquals(
                "my.yaml line 3: unknown key compute.nodes.0.device, the nearest known key is compute.nodes.0.devices",
                refusal("""
                compute:
                  nodes:
                    - { count: 1, prefix: a, accelerator: l20, device: 4, hostMemoryGib: 64 }
                """));
    }

    @Test
    void missesAKeyOfAListElement() {
        assertEquals("my.yaml line 3: compute.nodes.0.devices is missing, expected a whole number", refusal("""
                compute:
                  nodes:
                    - { count: 1, prefix: a, accelerator: l20, hostMemoryGib: 64 }
                """));
    }

    @Test
    void namesTheNearestAcceleratorOfAnUnknownOne() {
        String refusal = refusal("""
                compute:
                  nodes:
                    - { count: 1, prefix: a, accelerator: h100-sxn, devices: 8, hostMemoryGib: 64 }
                """);
        assertTrue(refusal.startsWith("my.yaml line 2: compute.nodes: "), refusal);
        assertTrue(refusal.contains("h100-sxm"), refusal);
    }

    @Test
    void refusesWhatIsNotYaml() {
        String refusal = refusal("http:\n  port: [1\n");
        assertTrue(
                refusal.startsWith("my.yaml line 2 cannot be read as YAML: while parsing a flow sequence, expected"),
                refusal);
        assertTrue(refusal("http:\n  port: 1\n  port: 2\n").contains("Duplicate field 'port'"));
    }

    @Test
    void refusesAMissingFile() {
        Path missing = folder.resolve("none.yaml");
        StartRefused refused = assertThrows(StartRefused.class, () -> ConfigFile.read(missing));
        assertEquals("there is no configuration file " + missing, refused.getMessage());
    }

    private static String refusal(String yaml) {
        return String.valueOf(assertThrows(StartRefused.class, () -> ConfigFile.parse("my.yaml", yaml))
                .getMessage());
    }

    static List<String> keys() {
        List<String> keys = new ArrayList<>();
        collect("", ConfigFile.shipped(), keys);
        return keys;
    }

    private static void collect(String prefix, JsonNode node, List<String> keys) {
        node.properties().forEach(entry -> {
            String key = prefix + "/" + entry.getKey();
            if (entry.getValue() instanceof ObjectNode inner && !inner.isEmpty()) {
                collect(key, inner, keys);
            } else {
                keys.add(key);
            }
        });
    }

    private static List<JsonNode> others(String key) {
        JsonNode known = OTHER_VALUES.get(key);
        if (known != null) {
            return List.of(known);
        }
        JsonNode shipped = ConfigFile.shipped().at(key);
        if (shipped.isIntegralNumber()) {
            return List.of(
                    NODES.numberNode(shipped.asLong() + 1),
                    NODES.numberNode(shipped.asLong() - 1),
                    NODES.numberNode(shipped.asLong() * 2),
                    NODES.numberNode(shipped.asLong() / 2));
        } else if (shipped.isNumber()) {
            return List.of(NODES.numberNode(shipped.asDouble() * 1.01), NODES.numberNode(shipped.asDouble() * 0.99));
        } else if (shipped.isBoolean()) {
            return List.of(NODES.booleanNode(!shipped.asBoolean()));
        } else if (shipped instanceof ArrayNode list && list.size() > 1) {
            ArrayNode shorter = list.deepCopy();
            shorter.remove(list.size() - 1);
            return List.of(shorter);
        }
        return List.of(
                NODES.textNode("another"),
                NODES.textNode("7s"),
                NODES.textNode("7m"),
                NODES.textNode("http://another:7"));
    }

    private static String only(String key, JsonNode value) {
        ObjectNode root = NODES.objectNode();
        ObjectNode node = root;
        String[] steps = key.substring(1).split("/", -1);
        for (int i = 0; i < steps.length - 1; i++) {
            node = node.putObject(steps[i]);
        }
        node.set(steps[steps.length - 1], value);
        return new ObjectMapper().valueToTree(root).toString();
    }
}
