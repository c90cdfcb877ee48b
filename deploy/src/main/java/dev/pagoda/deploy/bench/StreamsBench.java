package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `pagoda bench streams`: many streams of simulated engines over HTTP, how punctually their tokens come, and what a
/// replica's death does to them.
///
/// Exit codes: 0 measured; 1 tokens were lost, doubled or changed, or a client saw an error; 2 it could not be
/// measured.
@Command(
        name = "streams",
        description = "Many streams of simulated engines over HTTP, and a replica's death among them.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class StreamsBench implements Callable<Integer> {
    private static final double LEAST_TOKENS = 50_000;
    private static final double MOST_LATE_MILLIS = 5;
    private static final double MOST_ADDED_MILLIS = 300;
    private static final int BAR_STREAMS = 1_000;
    private static final int BAR_KILLED = 500;
    private static final int ROOM = 64;

    @Option(names = "--streams", paramLabel = "N", defaultValue = "1000", description = "At once.")
    private int streams;

    @Option(names = "--replicas", paramLabel = "N", defaultValue = "4", description = "Engines behind them.")
    private int replicas;

    @Option(names = "--model", paramLabel = "M", defaultValue = "llama-3.1-8b-instruct", description = "Of the seeds.")
    private String model = "";

    @Option(names = "--time-scale", paramLabel = "X", defaultValue = "0.55", description = "Engines' seconds a second.")
    private double timeScale;

    @Option(names = "--warm-up", paramLabel = "S", defaultValue = "12", description = "Seconds before anything counts.")
    private int warmUpSeconds;

    @Option(names = "--seconds", paramLabel = "S", defaultValue = "10", description = "That count.")
    private int seconds;

    @Option(
            names = "--kill-streams",
            paramLabel = "N",
            defaultValue = "500",
            description = "When a replica dies; 0: none.")
    private int killStreams;

    @Option(names = "--kill-tokens", paramLabel = "N", defaultValue = "400", description = "Of an answer then.")
    private int killTokens;

    private final PrintStream out = System.out;
    private boolean isWrong;

    @Override
    public Integer call() throws InterruptedException {
        within("--streams", streams, 1, 20_000);
        within("--replicas", replicas, 2, 20);
        within("--warm-up", warmUpSeconds, 0, 120);
        within("--seconds", seconds, 1, 120);
        within("--kill-streams", killStreams, 0, 20_000);
        within("--kill-tokens", killTokens, 20, 2_000);
        if (!(timeScale >= .01 && timeScale <= 100)) {
            throw new StartRefused("--time-scale " + timeScale + " is not within 0.01 to 100");
        }
        BenchProgress progress = BenchProgress.onStandardError();
        progress.say("starting the platform");
        int most = Math.max(Math.ceilDiv(streams, replicas), Math.ceilDiv(killStreams, replicas - 1)) + ROOM;
        Vertx vertx = StreamsRun.vertx();
        try (StreamsPlatform platform = StreamsPlatform.start(model, replicas, most, timeScale)) {
            steady(vertx, platform, progress);
            if (killStreams > 0) {
                killed(vertx, platform, progress);
            }
        } catch (IOException broken) {
            throw new StartRefused("the measurement broke off: " + broken.getMessage(), broken);
        } finally {
            vertx.close()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .orTimeout(10, TimeUnit.SECONDS)
                    .join();
        }
        return isWrong ? 1 : 0;
    }

    private static void within(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new StartRefused(option + " " + value + " is not within " + least + " to " + most);
        }
    }

    /// All streams under way: gaps between tokens over some seconds, beside those of the engines' schedule.
    private void steady(Vertx vertx, StreamsPlatform platform, BenchProgress progress)
            throws IOException, InterruptedException {
        // enough for the seconds at 120 engines' tokens a second, which is more than such engines make
        int tokens = (int) Math.max(64, (warmUpSeconds + seconds + 4) * 120 * timeScale);
        progress.say(streams + " streams of " + tokens + " tokens");
        StreamsPlatform.Counters start = platform.counters();
        StreamsRun run = StreamsRun.begin(vertx, platform, streams, tokens, 500);
        run.awaitBegun();
        TimeUnit.SECONDS.sleep(warmUpSeconds);
        StreamsPlatform.Counters before = platform.counters();
        double processorBefore = platform.processorTime().toNanos() / 1e9;
        long from = System.nanoTime();
        TimeUnit.SECONDS.sleep(seconds);
        long to = System.nanoTime();
        double processor = platform.processorTime().toNanos() / 1e9 - processorBefore;
        StreamsPlatform.Counters after = platform.counters();
        run.awaitEnded();
        StreamsPlatform.Counters end = platform.counters();

        var gaps = new Histogram(TimeUnit.MINUTES.toNanos(5), 3);
        double came = 0;
        long events = 0;
        for (TokenStream stream : run.streams()) {
            came += stream.tokensWithin(from, to);
            long previous = 0;
            for (long at : stream.times()) {
                if (at >= from && at < to) {
                    events++;
                    if (previous > 0) {
                        gaps.recordValue(at - previous);
                    }
                }
                previous = at;
            }
        }
        double schedule = (after.gapSeconds() - before.gapSeconds()) / (after.gaps() - before.gaps()) / timeScale * 1e3;
        double rate = came / ((to - from) / 1e9);
        double p99 = gaps.getValueAtPercentile(99) / 1e6;
        out.printf(
                Locale.ROOT,
                "RESULT\tstreams=%d\treplicas=%d\ttokens_per_s=%.0f\tscheduled_per_s=%.0f\tevents_per_s=%.0f"
                        + "\tprocessor_s_per_s=%.2f%n",
                streams,
                replicas,
                rate,
                (after.tokens() - before.tokens()) / ((to - from) / 1e9),
                events / ((to - from) / 1e9),
                processor / ((to - from) / 1e9));
        out.printf(
                Locale.ROOT,
                "GAPS\tscheduled_mean_ms=%.3f\tp50_ms=%.3f\tp90_ms=%.3f\tp99_ms=%.3f\tp99.9_ms=%.3f\tmax_ms=%.3f%n",
                schedule,
                gaps.getValueAtPercentile(50) / 1e6,
                gaps.getValueAtPercentile(90) / 1e6,
                p99,
                gaps.getValueAtPercentile(99.9) / 1e6,
                gaps.getMaxValue() / 1e6);
        count(run.streams(), tokens, Math.round(end.tokens() - start.tokens()));
        if (streams >= BAR_STREAMS) {
            bar("tokens delivered a second", rate, LEAST_TOKENS, true);
            bar("inter-token p99 over the schedule's mean, ms", p99 - schedule, MOST_LATE_MILLIS, false);
        }
    }

    /// Whether every token that engines made came, once.
    private void count(List<TokenStream> all, int tokens, long made) {
        long told = 0;
        int errors = 0;
        String first = "";
        for (TokenStream stream : all) {
            if (stream.error().isEmpty()) {
                told += stream.completionTokens();
            } else {
                errors++;
                first = first.isEmpty() ? stream.error() : first;
            }
        }
        long asked = (long) all.size() * tokens;
        boolean isRight = errors == 0 && told == asked && made == asked;
        isWrong |= !isRight;
        out.printf(
                Locale.ROOT,
                "TOKENS\tasked=%d\tusage=%d\tvllm:generation_tokens_total=%d\terrors=%d\t%s%s%n",
                asked,
                told,
                made,
                errors,
                isRight ? "equal" : "unequal",
                first.isEmpty() ? "" : "\t" + first);
    }

    /// The same streams twice, the second time with a replica that dies in the middle.
    private void killed(Vertx vertx, StreamsPlatform platform, BenchProgress progress)
            throws IOException, InterruptedException {
        progress.say(killStreams + " streams undisturbed");
        StreamsRun calm = StreamsRun.begin(vertx, platform, killStreams, killTokens, 2_000);
        calm.awaitEnded();
        progress.say(killStreams + " streams, and a replica dies");
        StreamsPlatform.Counters start = platform.counters();
        StreamsRun run = StreamsRun.begin(vertx, platform, killStreams, killTokens, 2_000);
        run.awaitBegun();
        long killAt = System.nanoTime();
        int held = platform.crashOne();
        run.awaitEnded();
        StreamsPlatform.Counters end = platform.counters();
        platform.awaitReady(replicas);

        var added = new Histogram(TimeUnit.MINUTES.toNanos(5), 3);
        int changed = 0;
        for (int i = 0; i < killStreams; i++) {
            TokenStream stream = run.streams().get(i);
            changed += stream.hash() == calm.streams().get(i).hash() ? 0 : 1;
            added.recordValue(addedNanos(stream.times(), calm.streams().get(i).times(), killAt));
        }
        count(run.streams(), killTokens, Math.round(end.tokens() - start.tokens()));
        isWrong |= changed > 0;
        double p99 = added.getValueAtPercentile(99) / 1e6;
        out.printf(
                Locale.ROOT,
                "KILL\tstreams=%d\tof_the_dead=%d\ttexts_changed=%d\tadded_gap_p50_ms=%.1f\tp99_ms=%.1f\tmax_ms=%.1f%n",
                killStreams,
                held,
                changed,
                added.getValueAtPercentile(50) / 1e6,
                p99,
                added.getMaxValue() / 1e6);
        if (killStreams >= BAR_KILLED) {
            bar("gap that a replica's death adds, p99, ms", p99, MOST_ADDED_MILLIS, false);
        }
    }

    /// The longest gap from the death on, over the usual gap of the stream when nobody dies.
    static long addedNanos(List<Long> times, List<Long> calm, long killAt) {
        long longest = 0;
        for (int i = 1; i < times.size(); i++) {
            if (times.get(i) >= killAt) {
                longest = Math.max(longest, times.get(i) - Math.max(times.get(i - 1), killAt - usual(calm)));
            }
        }
        return Math.max(0, longest - usual(calm));
    }

    private static long usual(List<Long> times) {
        return times.size() < 2 ? 0 : (times.getLast() - times.getFirst()) / (times.size() - 1);
    }

    private void bar(String what, double figure, double asked, boolean isLeast) {
        boolean isMet = isLeast ? figure >= asked : figure < asked;
        out.printf(
                Locale.ROOT,
                "BAR\t%s\t%.3f\t%s %.0f\t%s%n",
                what,
                figure,
                isLeast ? "at least" : "below",
                asked,
                isMet ? "met" : "missed");
        out.flush();
    }
}
