package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.GatewayConfig;
import dev.pagoda.gateway.ReplicaConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The page of live engines beside the list of what vLLM tells, `vllm-metrics.txt`.
class MetricNamesTest extends DeploymentsFixture {
    private static final Pattern SAMPLE = Pattern.compile("(vllm:[a-z_0-9]+)\\{(.*)} (\\S+)");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Set<String> OF_AN_ENGINE = Set.of("model_name", "engine");

    /// A line of the list.
    private record Listed(String name, String type, String labels, List<Double> buckets, String when) {}

    /// What the page has of a name.
    private static final class Family {
        final String type;
        final Set<Set<String>> labels = new HashSet<>();
        final Set<Double> bounds = new TreeSet<>();
        final Set<String> samples = new HashSet<>();

        Family(String type) {
            this.type = type;
        }
    }

    private static List<Listed> listed() throws IOException {
        String text;
        try (InputStream in = MetricNamesTest.class.getResourceAsStream("/vllm-metrics.txt")) {
            text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
        String[] parts = text.split("\\[buckets]\n", -1);
        Map<String, List<Double>> buckets = new LinkedHashMap<>();
        for (String line : parts[1].lines().toList()) {
            String[] words = line.split(" ", -1);
            List<Double> bounds = new ArrayList<>();
            for (int i = 1; i < words.length; i++) {
                bounds.add(Double.parseDouble(words[i]));
            }
            buckets.put(words[0], bounds);
        }
        List<Listed> all = new ArrayList<>();
        for (String line : parts[0].lines().toList()) {
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            String[] cells = line.split("\\|", -1);
            assertEquals(5, cells.length, line);
            String family = cells[3].strip();
            all.add(new Listed(
                    cells[0].strip(),
                    cells[1].strip(),
                    cells[2].strip(),
                    family.isEmpty() ? List.of() : Objects.requireNonNull(buckets.get(family), family),
                    cells[4].strip()));
        }
        return all;
    }

    private static Map<String, Family> families(String page) {
        Map<String, Family> families = new LinkedHashMap<>();
        String open = "";
        for (String line : page.lines().toList()) {
            if (line.startsWith("# TYPE vllm:")) {
                String[] words = line.split(" ", -1);
                open = words[2];
                assertFalse(families.containsKey(open), open + " is there twice");
                families.put(open, new Family(words[3]));
            } else if (line.startsWith("vllm:")) {
                Matcher sample = SAMPLE.matcher(line);
                assertTrue(sample.matches(), line);
                Family family = Objects.requireNonNull(families.get(open), line);
                family.samples.add(sample.group(1).substring(open.length()));
                Set<String> labels = new TreeSet<>();
                Matcher label = LABEL.matcher(sample.group(2));
                while (label.find()) {
                    if (label.group(1).equals("le")) {
                        String bound = label.group(2);
                        family.bounds.add(bound.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(bound));
                        assertTrue(bound.equals("+Inf") || bound.contains("."), "as Python prints it: " + line);
                    } else {
                        labels.add(label.group(1));
                    }
                }
                family.labels.add(labels);
            }
        }
        return families;
    }

    private static void assertAsListed(Listed listed, Family family) {
        assertEquals(listed.type(), family.type, listed.name());
        if (listed.type().equals("histogram")) {
            List<Double> bounds = new ArrayList<>(listed.buckets());
            bounds.add(Double.POSITIVE_INFINITY);
            assertEquals(bounds, List.copyOf(family.bounds), listed.name());
            assertEquals(Set.of("_bucket", "_sum", "_count"), family.samples, listed.name());
        } else {
            assertEquals(Set.of(""), family.samples, listed.name());
        }
        Set<String> expected = new TreeSet<>();
        String labels = listed.labels();
        if (!labels.startsWith("=")) {
            expected.addAll(OF_AN_ENGINE);
        }
        if (!labels.isEmpty()) {
            expected.addAll(List.of(labels.substring(1).split(",", -1)));
        }
        assertEquals(Set.of(expected), family.labels, listed.name());
    }

    private static GatewayConfig config(ReplicaConfig replicas) {
        return new GatewayConfig(2048, 32, 200, 3, 2, 1000, 100, List.of(), replicas);
    }

    private ChatRequest adapted(int tokens) {
        Hints none = Hints.none();
        return endless("tiny", tokens)
                .withHints(new Hints(
                        none.priority(),
                        none.sessionKey(),
                        none.serviceTier(),
                        none.cacheKey(),
                        none.metadata(),
                        "poet",
                        none.user(),
                        none.headers()));
    }

    @Test
    void livePagesHaveEveryNameTypeLabelAndBucketOfVllmAndNoOther() throws IOException {
        start(config(REPLICAS.withAllMetrics().withDrafts(3, .6)), FakePlatform.split("tiny", 1, 1));
        until(() -> status().deployments().getFirst().ready() == 2);
        chat(adapted(20)).await();
        Map<String, Family> families = families(telemetry.scrape());
        Set<String> names = new TreeSet<>(families.keySet());
        for (Listed each : listed()) {
            if (each.when().equals("none")) {
                assertFalse(names.contains(each.name()), each.name() + " is told, so it should be listed with when");
                continue;
            }
            Family family = families.get(each.name());
            assertTrue(family != null, each.name() + " lacks");
            assertAsListed(each, Objects.requireNonNull(family));
            names.remove(each.name());
        }
        assertEquals(Set.of(), names, "names that vLLM does not have");
    }

    @Test
    void withoutOptionsPagesTellWhatVllmTellsAlways() throws IOException {
        start(config(REPLICAS), FakePlatform.chat("tiny", 1, 1, 100));
        until(() -> status().deployments().getFirst().ready() == 1);
        Set<String> expected = new TreeSet<>();
        for (Listed each : listed()) {
            if (each.when().equals("always")) {
                expected.add(each.name());
            }
        }
        assertEquals(expected, new TreeSet<>(families(telemetry.scrape()).keySet()));
    }

    @Test
    void workAndBlocksAreThoseOfTheStepsThatWereMade() {
        start(config(REPLICAS.withAllMetrics()), FakePlatform.chat("tiny", 1, 1, 100));
        until(() -> status().deployments().getFirst().ready() == 1);
        chat(endless("tiny", 100)).await();
        double tokens = metric("vllm:iteration_tokens_total_sum");
        double steps = metric("vllm:iteration_tokens_total_count");
        double parameters = ReplicaModel.architecture(FakePlatform.SMALL).parameters();
        double flops = metric("vllm:estimated_flops_per_gpu_total");
        double read = metric("vllm:estimated_read_bytes_per_gpu_total");
        // two for each weight and token; the prompt's tokens but the last need no logits, attention is a little more
        assertTrue(flops > 2 * 0.5 * parameters * tokens, flops + " for " + tokens);
        assertTrue(flops < 2 * 1.1 * parameters * tokens, flops + " for " + tokens);
        // all weights of two bytes in each step; the embedding, which is the head too, once
        assertTrue(read > 2 * parameters * steps, read + " in " + steps);
        assertTrue(read < 2 * 1.2 * parameters * (steps + 2), read + " in " + steps);
        assertTrue(metric("vllm:estimated_write_bytes_per_gpu_total") > 0);
    }
}
