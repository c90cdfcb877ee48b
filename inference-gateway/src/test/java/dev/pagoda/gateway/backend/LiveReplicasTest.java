package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.GatewayConfig;
import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.gateway.api.GatewayStatus.ReplicaState;
import dev.pagoda.gateway.api.GatewayStatus.ReplicaStatus;
import dev.pagoda.gateway.backend.RequestFault.Kind;
import dev.pagoda.gateway.model.LpuPipeline;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Replicas over their lives, how requests find them, and what happens when they fail.
class LiveReplicasTest extends DeploymentsFixture {
    private DeploymentControl control() {
        return new DeploymentControl(deployments);
    }

    private DeploymentStatus tiny() {
        return status().deployments().getFirst();
    }

    private List<String> names(Predicate<ReplicaStatus> which) {
        return tiny().replicas().stream().filter(which).map(ReplicaStatus::name).toList();
    }

    private String first() {
        return names(replica -> true).getFirst();
    }

    private static String replicaOf(Heard heard) {
        return Objects.requireNonNull(heard.await().started).replica();
    }

    @Test
    @Tag("slow")
    void holdsRequestsWhileThereIsNoReplicaAndGoesBackToNone() {
        start(QUICK.withReplicas(REPLICAS.withTimeScale(50)), FakePlatform.chat("tiny", 0, 2, 100));
        assertEquals(0, tiny().ready());
        assertNotNull(chat(request("tiny", "Hello?")).await().usage);
        assertEquals(1, tiny().ready());
        until(() -> tiny().replicas().isEmpty() && platform.devicesHeld() == 0);
        assertNotNull(chat(request("tiny", "Hello?")).await().usage);
        assertEquals(2, tiny().hotStarts());
    }

    @Test
    void aLongPromptFindsTheReplicaThatHasItsBeginning() {
        start(QUICK, FakePlatform.chat("tiny", 3, 3, 100, "prefix-aware", "fixed:3"));
        until(() -> tiny().ready() == 3);
        String novel = "It was a dark and stormy night on the river. ".repeat(60);
        String first = replicaOf(chat(request("tiny", novel + "Who is there?")));
        for (int i = 0; i < 6; i++) {
            assertEquals(first, replicaOf(chat(request("tiny", novel + "What happens " + i + " days later?"))));
        }
        assertEquals("prefix-aware", tiny().routing());
        assertEquals("fixed:3", tiny().autoscaler());
    }

    @Test
    void roundRobinPassesOverTheBeginning() {
        start(QUICK, FakePlatform.chat("tiny", 3, 3, 100, "round-robin", ""));
        until(() -> tiny().ready() == 3);
        String novel = "It was a dark and stormy night on the river. ".repeat(60);
        Set<String> replicas = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            replicas.add(replicaOf(chat(request("tiny", novel + "What happens " + i + " days later?"))));
        }
        assertEquals(3, replicas.size());
        assertEquals("knative:100", tiny().autoscaler());
    }

    @Test
    void servesAsUsualAndSaysSoWhenARuleIsUnknown() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100, "by-moonlight", ""));
        assertNotNull(chat(request("tiny", "Hello?")).await().usage);
        assertEquals("prefix-aware", tiny().routing());
        assertTrue(tiny().trouble().contains("by-moonlight"), tiny().trouble());
    }

    @Test
    @Tag("slow")
    void fiveHundredStreamsGoOnElsewhereWhenTheirReplicaDies() {
        var roomy = new GatewayConfig(2048, 400, 1000, 3, 2, 1000, 100, List.of(), REPLICAS);
        start(roomy, FakePlatform.chat("tiny", 2, 2, 100, "least-requests", "fixed:2"));
        until(() -> tiny().ready() == 2);
        Heard undisturbed = chat(endless("tiny", 500)).await();
        List<Heard> all = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            all.add(chat(endless("tiny", 500)));
        }
        until(() -> all.stream().allMatch(heard -> heard.tokens > 0));
        await(control().crash("tiny", first()));
        all.forEach(Heard::await);

        for (Heard heard : all) {
            assertNull(heard.refusal);
            assertEquals(500, heard.tokens);
            assertEquals(undisturbed.text(), heard.text());
        }
        assertEquals(1, tiny().crashes());
        until(() -> tiny().ready() == 2);
        assertEquals(501 * 500, metric("vllm:generation_tokens_total"));
    }

    @Test
    void aSleepingReplicaKeepsItsDevicesAndWakesForARequest() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        Heard running = chat(endless("tiny", 400));
        until(() -> running.tokens > 5);
        await(control().sleep("tiny", first(), 2));
        assertEquals(400, running.await().tokens, "sleep waits for what is under way");
        until(() -> !names(replica -> replica.state() == ReplicaState.ASLEEP).isEmpty());
        assertEquals(2, tiny().replicas().getFirst().sleepLevel());
        assertEquals(1, platform.devicesHeld());
        assertEquals(1, tiny().replicas().size(), "it is not replaced while nobody asks");

        assertNotNull(chat(request("tiny", "Hello?")).await().usage);
        assertEquals(0, tiny().replicas().getFirst().sleepLevel());
        assertEquals(
                "replica_state",
                failure(control().wake("tiny", first())).refusal().code());
        await(control().sleep("tiny", first(), 1));
        until(() -> !names(replica -> replica.state() == ReplicaState.ASLEEP).isEmpty());
        await(control().wake("tiny", first()));
        until(() -> tiny().ready() == 1);
    }

    @Test
    void aDrainedReplicaEndsItsStreamsAndIsReplaced() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        Heard running = chat(endless("tiny", 1_000));
        until(() -> running.tokens > 5);
        String old = first();
        await(control().drain("tiny", old));
        assertEquals(1_000, running.await().tokens);
        until(() -> tiny().ready() == 1
                && names(replica -> replica.name().equals(old)).isEmpty());
        assertEquals(0, tiny().crashes());
    }

    @Test
    void aReplicaThatRefusesIsPassedOverAndItsBreakerOpens() {
        start(QUICK, FakePlatform.chat("tiny", 2, 2, 100, "round-robin", "fixed:2"));
        until(() -> tiny().ready() == 2);
        String bad = first();
        await(control().fault("tiny", bad, "refuse"));
        for (int i = 0; i < 12; i++) {
            Heard heard = chat(request("tiny", "Hello?")).await();
            assertNull(heard.refusal);
            assertNotEquals(bad, replicaOf(heard));
        }
        assertEquals(List.of(bad), names(replica -> replica.breaker().equals("OPEN")));
        await(control()
                .fault("tiny", names(replica -> !replica.name().equals(bad)).getFirst(), "refuse"));
        Set<String> codes = new HashSet<>();
        for (int i = 0; i < 8; i++) {
            codes.add(code(chat(request("tiny", "Hello?")).await()));
        }
        assertEquals(Set.of("replica_unavailable", "replicas_failing"), codes);
    }

    @Test
    void aReplicaThatWorksOnNothingIsTakenForDead() {
        start(QUICK.withReplicas(REPLICAS.withTimeScale(50)), FakePlatform.chat("tiny", 1, 1, 100));
        String stuck = first();
        await(control().fault("tiny", stuck, "stall"));
        Heard heard = chat(endless("tiny", 50)).await();
        assertEquals(50, heard.tokens);
        assertNotEquals(stuck, first());
        assertEquals(1, tiny().crashes());
    }

    @Test
    void requestsMeetTheFaultsThatAreSetForThem() {
        start(QUICK, FakePlatform.chat("tiny", 2, 2, 100));
        await(control().faults("tiny", List.of(new FaultPlan.Rule(Kind.ERROR, 1, 0, 429, 0)), 1));
        assertEquals("injected_exhausted", code(chat(request("tiny", "Hello?")).await()));
        await(control().faults("tiny", List.of(new FaultPlan.Rule(Kind.CUT, 1, 0, 0, 7)), 1));
        Heard cut = chat(endless("tiny", 100)).await();
        assertEquals("stream_cut", code(cut));
        assertEquals(7, cut.tokens);
        await(control().faults("tiny", List.of(new FaultPlan.Rule(Kind.KILL, 1, 0, 0, 9)), 1));
        Heard killed = chat(endless("tiny", 100)).await();
        assertNull(killed.refusal);
        assertEquals(100, killed.tokens);
        await(control().faults("tiny", List.of(new FaultPlan.Rule(Kind.DELAY, 1, 100, 0, 0)), 1));
        long start = System.nanoTime();
        assertNotNull(chat(request("tiny", "Hello?")).await().usage);
        assertTrue(System.nanoTime() - start >= 100_000_000);
        await(control().faults("tiny", List.of(), 0));
        assertNull(code(chat(request("tiny", "Hello?")).await()));
    }

    @Test
    void faultsEndWhenTheirTimeIsOver() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        await(control().faults("tiny", List.of(new FaultPlan.Rule(Kind.ERROR, 1, 0, 500, 0)), 1, 1));
        assertEquals("injected_internal", code(chat(request("tiny", "Hello?")).await()));

        until(() -> await(control().find("tiny")).faults().rules().isEmpty());

        assertNull(code(chat(request("tiny", "Hello?")).await()));
    }

    @Test
    void faultsComeByChanceAndTheSameForTheSameSeed() {
        List<List<String>> runs = new ArrayList<>();
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        for (int run = 0; run < 2; run++) {
            await(control().faults("tiny", List.of(new FaultPlan.Rule(Kind.ERROR, .5, 0, 500, 0)), 7));
            var codes = new ArrayList<String>();
            for (int i = 0; i < 20; i++) {
                codes.add(String.valueOf(code(chat(request("tiny", "Hello?")).await())));
            }
            runs.add(codes);
        }
        assertEquals(runs.getFirst(), runs.getLast());
        assertEquals(
                Set.of("null", "injected_internal"), runs.getFirst().stream().collect(Collectors.toSet()));
    }

    @Test
    void theMetricsTellWhatVllmsTell() {
        var drafting = REPLICAS.withDrafts(3, .8);
        start(QUICK.withReplicas(drafting), FakePlatform.chat("tiny", 1, 1, 100));
        String novel = "It was a dark and stormy night on the river. ".repeat(30);
        var picture = new ContentPart.Image("image/png", 64, 64, "digest", 85);
        for (int i = 0; i < 2; i++) {
            List<ContentPart> parts = List.of(new ContentPart.Text(novel + "Who is it?"), picture);
            ChatRequest request = request("tiny", "x")
                    .withMessages(List.of(new ChatMessage(Role.USER, parts)))
                    .withHints(adapted("poet"));
            Heard heard = chat(request).await();
            assertNotNull(heard.usage);
            assertEquals(i == 0 ? 0 : 1, Math.min(1, heard.usage.cachedTokens()));
        }
        String page = telemetry.scrape();
        String labels = "{model_name=\"tiny\",engine=\"0\"";
        assertTrue(page.contains("vllm:request_prompt_tokens_count" + labels + "} 2\n"), page);
        assertTrue(page.contains("vllm:request_params_n_bucket" + labels + ",le=\"1.0\"} 2\n"));
        assertTrue(page.contains("vllm:mm_cache_queries_total" + labels + "} 2.0\n"));
        assertTrue(page.contains("vllm:mm_cache_hits_total" + labels + "} 1.0\n"));
        assertTrue(page.contains("vllm:engine_sleep_state" + labels + ",sleep_state=\"awake\"} 1.0\n"));
        assertTrue(page.contains("vllm:lora_requests_info{max_lora=\"4\",running_lora_adapters=\"\""));
        assertTrue(page.contains(
                ",num_gpu_blocks=\"" + tiny().replicas().getFirst().kvBlocks() + "\""));
        assertTrue(metric("vllm:prefix_cache_hits_total") > 0);
        assertTrue(metric("vllm:spec_decode_num_accepted_tokens_total") > 0);
        assertEquals(
                metric("vllm:spec_decode_num_accepted_tokens_total"),
                metric("vllm:spec_decode_num_accepted_tokens_per_pos_total"));
        assertTrue(metric("vllm:iteration_tokens_total_count") > 2);

        await(control().sleep("tiny", first(), 1));
        until(() -> telemetry
                .scrape()
                .contains("vllm:engine_sleep_state" + labels + ",sleep_state=\"weights_offloaded\"} 1.0\n"));
    }

    private static Hints adapted(String adapter) {
        Hints none = Hints.none();
        return new Hints(
                none.priority(),
                none.sessionKey(),
                none.serviceTier(),
                none.cacheKey(),
                none.metadata(),
                adapter,
                none.user(),
                none.headers());
    }

    @Test
    void chipsOfAPipelineMakeATokenInTheSameTimeForEverybody() {
        start(QUICK, FakePlatform.onLpus("tiny", 2));
        until(() -> tiny().ready() == 1);
        List<Heard> all = List.of(chat(endless("tiny", 50)), chat(endless("tiny", 50)));
        all.forEach(heard -> assertEquals(50, heard.await().tokens));
        assertEquals("groq-lpu", tiny().replicas().getFirst().accelerator());
        assertEquals(2, tiny().devices());
        long micros = Math.round(new LpuPipeline(ReplicaModel.architecture(FakePlatform.DEEP)).tokenNanos() / 1e3);
        double sum = telemetry
                .scrape()
                .lines()
                .filter(line -> line.startsWith("vllm:inter_token_latency_seconds_sum"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
        assertEquals(98 * micros / 1e6, sum, 1e-4, "every gap is the same, whoever else is there");
    }

    @Test
    void saysHowManyChipsAModelNeeds() {
        start(QUICK, FakePlatform.onLpus("tiny", 1));
        until(() -> !tiny().trouble().isEmpty());
        assertTrue(tiny().trouble().contains("need 2 chips"), tiny().trouble());
    }

    @Test
    void saysWhatItDoesNotKnow() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        assertEquals(
                "deployment_not_found",
                failure(control().find("huge")).refusal().code());
        assertEquals(
                "replica_not_found",
                failure(control().crash("tiny", "x")).refusal().code());
        assertEquals(
                "invalid_level",
                failure(control().sleep("tiny", first(), 3)).refusal().code());
        assertEquals(
                "invalid_fault",
                failure(control().fault("tiny", first(), "flu")).refusal().code());
        assertEquals("tiny", await(control().find("tiny:1")).deployment().model());
    }
}
