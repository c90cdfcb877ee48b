package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.api.LinkBetween;
import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.gateway.api.GatewayStatus.ReplicaStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// Prompts are read by replicas of their own, and keys and values cross to those that go on.
class PrefillReplicasTest extends DeploymentsFixture {
    private static final String NOVEL = "It was a dark and stormy night on the river. ".repeat(60);

    private DeploymentStatus tiny() {
        return status().deployments().getFirst();
    }

    private void startSplit(int readers, int others) {
        start(QUICK, FakePlatform.split("tiny", readers, others));
        until(() -> tiny().ready() == readers + others);
    }

    private String named(String part) {
        return tiny().replicas().stream()
                .map(ReplicaStatus::name)
                .filter(name -> name.contains("prefill") == part.equals("prefill"))
                .findFirst()
                .orElseThrow();
    }

    private ChatRequest novel(String question, int tokens) {
        return request("tiny", NOVEL + question)
                .withLimits(LengthLimits.of(tokens).withIgnoreEos(true));
    }

    private void assertNothingIsHeld() {
        until(() -> {
            long[] blocks = await(deployments.blocks());
            return blocks[0] == blocks[1];
        });
        assertEquals(0, tiny().running() + tiny().queued());
    }

    @Test
    void answersAsReplicasDoThatReadAndGoOnAlike() {
        start(QUICK, FakePlatform.chat("plain", 1, 1, 100), FakePlatform.split("tiny", 1, 1));
        Heard plain = chat(novel("Who is there?", 60).withModel("plain")).await();
        Heard split = chat(novel("Who is there?", 60)).await();
        assertNull(split.refusal);
        assertEquals(60, split.tokens);
        assertEquals(plain.text().replace("plain", "tiny"), split.text());
        assertEquals(
                Objects.requireNonNull(plain.usage).promptTokens(),
                Objects.requireNonNull(split.usage).promptTokens());
        assertNothingIsHeldBy("tiny");
    }

    private void assertNothingIsHeldBy(String model) {
        eventually(model, each -> each.running() + each.queued() == 0 && each.kvUsage() == 0);
    }

    @Test
    void theMetricsTellWhatCrossed() {
        startSplit(1, 1);
        Heard first = chat(novel("Who is there?", 20)).await();
        int prompt = Objects.requireNonNull(first.usage).promptTokens();
        assertEquals(prompt, metric("vllm:external_prefix_cache_hits_total"));
        assertEquals(1, metric("vllm:nixl_xfer_time_seconds_count"));
        long bytes = metric("vllm:nixl_bytes_transferred_sum");
        // 2 sides, 4 layers, 4 heads of 64, 16 bits
        assertEquals(prompt * 2L * 4 * 4 * 64 * 2, bytes);
        assertEquals(prompt, metric("vllm:prompt_tokens_cached_total"));
        assertEquals(1, metric("vllm:prompt_tokens_recomputed_total"));
        assertEquals(20, metric("vllm:generation_tokens_total"), "the token that only ended the reading is not told");

        chat(novel("What now?", 20)).await();
        assertTrue(
                metric("vllm:nixl_bytes_transferred_sum") - bytes < bytes / 2,
                "what the other has in its prefix cache is not sent");
        assertEquals(2, metric("vllm:request_prompt_tokens_count"));
        assertNothingIsHeld();
    }

    @Test
    void transfersTakeTheTimeOfTheLinkThatComputeHasThen() {
        startSplit(1, 1);
        chat(novel("Who is there?", 5)).await();
        assertTrue(seconds() < .01, "a megabyte or two within a node: " + seconds());

        platform.link = new LinkBetween("world", 10e6, .2);
        double bytes = metric("vllm:nixl_bytes_transferred_sum");
        double before = seconds();
        chat(request("tiny", "Another text. ".repeat(200))
                        .withLimits(LengthLimits.of(5).withIgnoreEos(true)))
                .await();
        double more = metric("vllm:nixl_bytes_transferred_sum") - bytes;
        double expected = more / 10e6 + .2;
        assertTrue(more > 1e6, more + " bytes");
        assertEquals(expected, seconds() - before, .05 * expected);
        assertNothingIsHeld();
    }

    private double seconds() {
        return telemetry
                .scrape()
                .lines()
                .filter(line -> line.startsWith("vllm:nixl_xfer_time_seconds_sum{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void whoeverDiesNoTokenIsLostOrDoubled() {
        startSplit(2, 2);
        Heard undisturbed = chat(endless("tiny", 300)).await();
        long before = metric("vllm:generation_tokens_total");
        List<Heard> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            all.add(chat(endless("tiny", 300)));
        }
        var control = new DeploymentControl(deployments);
        await(control.crash("tiny", named("prefill")));
        until(() -> all.stream().anyMatch(heard -> heard.tokens > 5));
        await(control.crash("tiny", named("other")));
        for (Heard heard : all) {
            heard.await();
            assertNull(heard.refusal);
            assertEquals(300, heard.tokens);
            assertEquals(undisturbed.text(), heard.text());
        }
        assertEquals(40 * 300, metric("vllm:generation_tokens_total") - before);
        assertEquals(2, tiny().crashes());
        assertNothingIsHeld();
    }

    @Test
    void whoLeavesHoldsNothingWhereverItWas() {
        startSplit(1, 1);
        for (int i = 0; i < 30; i++) {
            Heard heard = new Heard(1);
            ChatRequest request = novel("Question " + i, 50);
            int later = i;
            caller.runOnContext(v -> {
                ChatHandle handle = deployments.chat(request, call(), heard);
                vertx.setTimer(1 + later, timer -> handle.cancel());
            });
        }
        assertNotNull(chat(novel("And then?", 5)).await().usage);
        assertNothingIsHeld();
    }

    @Test
    void choicesOfOneRequestGoOnFromOneReading() {
        startSplit(1, 1);
        Heard heard = chat(novel("Who is there?", 30).withChoices(3)).await();
        assertNull(heard.refusal);
        assertEquals(90, heard.tokens);
        assertEquals(1, metric("vllm:nixl_xfer_time_seconds_count"));
        assertNothingIsHeld();
    }

    @Test
    void readersComeAndGoWithTheOthers() {
        start(QUICK, FakePlatform.split("tiny", 2, 1));
        until(() -> status().deployments().stream().anyMatch(each -> each.ready() == 3));
        assertEquals(3, platform.devicesHeld());
        platform.announce(FakePlatform.split("tiny", 2, 1).withServing(null));
        until(() -> platform.devicesHeld() == 0);
    }
}
