package dev.pagoda.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.deploy.Config;
import dev.pagoda.deploy.Platform;
import dev.pagoda.deploy.StartRefused;
import dev.pagoda.deploy.demo.Corpus.Question;
import dev.pagoda.deploy.demo.KnowledgeStep.Filled;
import dev.pagoda.deploy.demo.Ledger.Booked;
import dev.pagoda.deploy.demo.QuestionStep.Answered;
import dev.pagoda.deploy.demo.WorkflowStep.Outcome;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `pagoda demo`: a bilingual corpus goes in, questions are answered from it, a workflow serves customers, and the bill
/// is checked. Exit code 1 if a step fails or the sums disagree.
@Command(name = "demo")
public final class Demo implements Callable<Integer> {
    private static final String LOCAL = "http://127.0.0.1:8080";
    private static final Duration PROBE = Duration.ofSeconds(3);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    /// Fewer answers that can be traced to their source would mean that the platform does not do its main job.
    private static final double LEAST_GOLD_SHARE = 0.5;

    @Option(names = "--url")
    private @Nullable String url;

    @Option(names = "--api-key", defaultValue = "${env:PAGODA_API_KEY:-}")
    private String apiKey = "";

    @Option(names = "--questions")
    private int questions = 20;

    /// Where the demo runs, and what it started for itself.
    private record Stage(String url, String key, Optional<Platform> own) {}

    @Override
    public Integer call() throws InterruptedException {
        if (questions < 1 || questions > 1_000) {
            throw new StartRefused("--questions " + questions + " is outside 1..1000");
        }
        Screen screen = new Screen(System.out);
        Stage stage = stage(screen);
        try (Client client = new Client(stage.url(), stage.key())) {
            return run(client, screen);
        } catch (StepFailed e) {
            System.err.println("pagoda: the demo failed: " + e.getMessage());
            return 1;
        } finally {
            stage.own().ifPresent(platform -> platform.stop(STOP_LIMIT));
        }
    }

    private Stage stage(Screen screen) throws InterruptedException {
        String target = url == null ? LOCAL : url;
        if (isRunning(target)) {
            if (apiKey.isEmpty()) {
                throw new StartRefused(
                        "a platform runs at " + target
                                + "; give its key with --api-key or PAGODA_API_KEY (it was shown when the platform first started)");
            }
            screen.line("Pagoda at %s", target);
            return new Stage(target, apiKey, Optional.empty());
        } else if (url != null) {
            throw new StartRefused("no platform answers at " + url);
        }
        Config config = Config.defaults();
        Platform platform = Platform.start(config.withHttp(config.http().withPort(0)), Optional.empty());
        String own = "http://" + config.http().host() + ":" + platform.port();
        screen.line("No platform runs at %s: this demo has its own at %s, which keeps nothing", LOCAL, own);
        return new Stage(own, platform.freshApiKey().orElseThrow(), Optional.of(platform));
    }

    private static boolean isRunning(String target) throws InterruptedException {
        try (HttpClient http = HttpClient.newBuilder().connectTimeout(PROBE).build()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(target + "/readyz"))
                    .timeout(PROBE)
                    .build();
            return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (IllegalArgumentException e) {
            throw new StartRefused("--url " + target + " is not an address such as " + LOCAL, e);
        }
    }

    private int run(Client client, Screen screen) throws InterruptedException {
        Models models = Models.served(client);
        Ledger ledger = new Ledger(client);
        Booked before = ledger.booked();
        List<Corpus> corpora = List.of(Corpus.english(), Corpus.chinese());

        screen.line("");
        screen.line("1. The paragraphs of two encyclopedias go into knowledge bases");
        Map<String, Filled> bases = new LinkedHashMap<>();
        KnowledgeStep knowledge = new KnowledgeStep(client, screen);
        for (Corpus corpus : corpora) {
            bases.put(corpus.language(), knowledge.fill(corpus));
        }

        QuestionStep asking = new QuestionStep(client, ledger, models);
        Map<String, List<Answered>> answered = new LinkedHashMap<>();
        for (Corpus corpus : corpora) {
            screen.line("");
            screen.line("2. Questions in %s, answered by %s", corpus.language(), models.chat());
            Filled base = of(bases, corpus.language());
            List<Answered> answers = new ArrayList<>();
            for (Question question : corpus.sample(questions)) {
                Answered answer = asking.ask(question, corpus.language(), base.collection());
                answers.add(answer);
                show(screen, answers.size(), answer);
            }
            answered.put(corpus.language(), answers);
            ledger.bookIngestion(models.embedding(corpus.language()), base.tokens());
        }

        screen.line("");
        screen.line("3. Customers are served by a workflow");
        WorkflowStep workflow = new WorkflowStep(client, screen, ledger.bill());
        workflow.run(
                "How many points did the Panthers defense surrender?",
                of(bases, "en").name(),
                Outcome.ANSWER);
        workflow.run("黑豹队的防守丢了多少分？", of(bases, "zh").name(), Outcome.ANSWER);
        workflow.run(
                "I want my money back, let me talk to a person.",
                of(bases, "en").name(),
                Outcome.TICKET);

        screen.line("");
        screen.line("4. What it took");
        fleet(client, screen);
        double share = goldShare(screen, answered);
        boolean agrees = compare(screen, ledger.bill(), ledger.booked().since(before));
        if (!agrees) {
            System.err.println("pagoda: the demo failed: the responses' usage and the platform's books disagree");
            return 1;
        }
        if (share < LEAST_GOLD_SHARE) {
            System.err.println("pagoda: the demo failed: too few answers cite a passage that holds the gold answer");
            return 1;
        }
        return 0;
    }

    private static Filled of(Map<String, Filled> bases, String language) {
        Filled base = bases.get(language);
        if (base == null) {
            throw new IllegalArgumentException("no knowledge base in " + language);
        }
        return base;
    }

    private static void show(Screen screen, int number, Answered answer) {
        screen.line("  %2d  %s", number, answer.question().text());
        screen.line("      -> %s", answer.answer().replaceAll("\\s+", " "));
        screen.line(
                "      cites %s %s; %d tokens, %s, first token %.0f ms, total %.0f ms",
                answer.cited().isEmpty() ? "nothing" : String.join(", ", answer.cited()),
                answer.holdsGold() ? "(holds the gold answer)" : "(without the gold answer)",
                answer.tokens(),
                Bill.dollars(answer.costNanos()),
                answer.firstToken() * 1000,
                answer.total() * 1000);
    }

    private static double goldShare(Screen screen, Map<String, List<Answered>> answered) {
        long gold = 0;
        long all = 0;
        StringBuilder each = new StringBuilder();
        for (Map.Entry<String, List<Answered>> entry : answered.entrySet()) {
            long held = entry.getValue().stream().filter(Answered::holdsGold).count();
            gold += held;
            all += entry.getValue().size();
            each.append(", ")
                    .append(entry.getKey())
                    .append(' ')
                    .append(held)
                    .append('/')
                    .append(entry.getValue().size());
        }
        double share = (double) gold / all;
        long literal = answered.values().stream()
                .flatMap(List::stream)
                .filter(answer -> answer.question().isAnsweredBy(answer.answer()))
                .count();
        screen.line("   answers whose citation holds the gold answer: %.0f %%%s", share * 100, each);
        screen.line("   answers that hold it themselves: %.0f %%", 100.0 * literal / all);
        return share;
    }

    private static void fleet(Client client, Screen screen) throws InterruptedException {
        int all = 0;
        for (JsonNode node : client.get("/platform/nodes").path("nodes")) {
            all += node.path("devices").size();
        }
        JsonNode placements = client.get("/platform/placements").path("placements");
        int used = 0;
        for (JsonNode placement : placements) {
            used += placement.path("devices").size();
        }
        screen.line("   %d replicas hold %d of %d devices", placements.size(), used, all);
        for (JsonNode placement : placements) {
            Set<String> devices = new TreeSet<>();
            for (JsonNode device : placement.path("devices")) {
                devices.add(device.path("node").asText() + "/"
                        + device.path("index").asText());
            }
            screen.line(
                    "      %-40s %s %s",
                    placement.path("owner").asText("(another tenant's)"),
                    placement.path("accelerator").asText(),
                    String.join(" ", devices));
        }
        if (used == 0) {
            throw new StepFailed("chats were answered and no replica holds a device");
        }
    }

    private static boolean compare(Screen screen, Bill bill, Booked booked) {
        screen.line("   usage of tenant %s", booked.tenant());
        for (Bill.Sum sum : bill.sums()) {
            screen.line("      %-24s %10d tokens  %s", sum.kind(), sum.tokens(), Bill.dollars(sum.costNanos()));
        }
        Bill.Sum total = bill.total();
        boolean agrees = total.tokens() == booked.tokens() && total.costNanos() == booked.costNanos();
        screen.line("      %-24s %10d tokens  %s", "by the responses", total.tokens(), Bill.dollars(total.costNanos()));
        screen.line(
                "      %-24s %10d tokens  %s  %s",
                "by the platform", booked.tokens(), Bill.dollars(booked.costNanos()), agrees ? "equal" : "DIFFERENT");
        return agrees;
    }
}
