package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleUnaryOperator;
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
    private static final double MOST_HELD_MILLIS = 100;
    private static final int HANG_UPS = 50;
    private static final int HUNG_UP_TOKENS = 2_000;
    private static final int BAR_STREAMS = 1_000;
    private static final int BAR_KILLED = 500;
    private static final int ROOM = 64;
    /// Of an answer by which the engines' pace is learnt.
    private static final int TRIAL_TOKENS = 96;

    @Option(names = "--streams", paramLabel = "N", defaultValue = "1000", description = "At once.")
    private int streams;

    @Option(names = "--replicas", paramLabel = "N", defaultValue = "8", description = "Engines behind them.")
    private int replicas;

    @Option(names = "--model", paramLabel = "M", defaultValue = "llama-3.1-8b-instruct", description = "Of the seeds.")
    private String model = "";

    @Option(names = "--time-scale", paramLabel = "X", defaultValue = "0.75", description = "Engines' seconds a second.")
    private double timeScale;

    @Option(names = "--warm-up", paramLabel = "S", defaultValue = "10", description = "Seconds before anything counts.")
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
        OptionBounds.require("--streams", streams, 1, 20_000);
        OptionBounds.require("--replicas", replicas, 2, 20);
        OptionBounds.require("--warm-up", warmUpSeconds, 0, 120);
        OptionBounds.require("--seconds", seconds, 1, 120);
        OptionBounds.require("--kill-streams", killStreams, 0, 20_000);
        OptionBounds.require("--kill-tokens", killTokens, 20, 2_000);
        OptionBounds.require("--time-scale", timeScale, .01, 100);
        BenchProgress progress = BenchProgress.onStandardError();
        progress.say("starting the platform");
        int most = Math.max(Math.ceilDiv(streams, replicas), Math.ceilDiv(killStreams, replicas - 1)) + ROOM;
        try (StreamsPlatform platform = StreamsPlatform.start(model, replicas, most, timeScale)) {
            Window window = steady(platform, progress);
            if (killStreams > 0) {
                killed(platform, progress);
            }
            hungUp(platform, progress);
            progress.say("reading the engines' schedule");
            punctuality(window, platform.end());
        } catch (IOException broken) {
            throw new StartRefused("the measurement broke off: " + broken.getMessage(), broken);
        }
        return isWrong ? 1 : 0;
    }

    /// Streams that were under way from one time to another.
    private record Window(List<TokenStream> streams, long fromNanos, long toNanos) {}

    /// All streams under way: what comes in some seconds.
    private Window steady(StreamsPlatform platform, BenchProgress progress) throws IOException, InterruptedException {
        // enough for the seconds that it takes to open them, to warm up and to count
        int tokens = (int) Math.max(64, (warmUpSeconds + seconds + 3) * pace(platform, progress));
        progress.say(streams + " streams of " + tokens + " tokens");
        long start = platform.generatedTokens();
        StreamsRun run = StreamsRun.begin(platform, streams, tokens, 500);
        run.awaitBegun();
        TimeUnit.SECONDS.sleep(warmUpSeconds);
        long before = platform.generatedTokens();
        double processorBefore = platform.processorTime().toNanos() / 1e9;
        double machineBefore = MachineTime.busySeconds();
        double clientBefore = ownProcessorTime().toNanos() / 1e9;
        long from = System.nanoTime();
        TimeUnit.SECONDS.sleep(seconds);
        long to = System.nanoTime();
        double processor = platform.processorTime().toNanos() / 1e9 - processorBefore;
        double client = ownProcessorTime().toNanos() / 1e9 - clientBefore;
        double machine = MachineTime.busySeconds() - machineBefore;
        long after = platform.generatedTokens();
        run.awaitEnded();
        long end = platform.generatedTokens();

        double came = 0;
        long events = 0;
        int endedBefore = 0;
        for (TokenStream stream : run.streams()) {
            came += stream.tokensWithin(from, to);
            events +=
                    stream.times().stream().filter(at -> at >= from && at < to).count();
            endedBefore += stream.times().isEmpty() || stream.times().getLast() < to ? 1 : 0;
        }
        double span = (to - from) / 1e9;
        double rate = came / span;
        out.printf(
                Locale.ROOT,
                "RESULT\tstreams=%d\treplicas=%d\ttokens_per_s=%.0f\tscheduled_per_s=%.0f\tevents_per_s=%.0f"
                        + "\tprocessor_s_per_s=%.2f\tclient_s_per_s=%.2f\tothers_s_per_s=%.2f"
                        + "\tended_before=%d%n",
                streams,
                replicas,
                rate,
                (after - before) / span,
                events / span,
                processor / span,
                client / span,
                (machine - processor - client) / span,
                endedBefore);
        count(run.streams(), tokens, end - start);
        if (streams >= BAR_STREAMS) {
            bar("tokens delivered a second", rate, LEAST_TOKENS, true);
        }
        return new Window(run.streams(), from, to);
    }

    /// Tokens of a stream in a second while streams come and go, when engines have less in hand and are faster than
    /// with all of them.
    private double pace(StreamsPlatform platform, BenchProgress progress) throws IOException, InterruptedException {
        progress.say(streams + " streams of " + TRIAL_TOKENS + " tokens");
        StreamsRun run = StreamsRun.begin(platform, streams, TRIAL_TOKENS, 500);
        run.awaitEnded();
        long usual = run.streams().stream()
                .mapToLong(stream -> usual(stream.times()))
                .filter(gap -> gap > 0)
                .min()
                .orElseThrow(() -> new StartRefused("no stream brings tokens"));
        return 1e9 / usual;
    }

    private static Duration ownProcessorTime() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /// Gaps between tokens beside those of the engines' schedule, and how late each token was.
    private void punctuality(Window window, StreamSchedule schedule) {
        var punctuality = new Punctuality();
        for (TokenStream stream : window.streams()) {
            punctuality.add(stream.times(), schedule.of(stream.id()), window.fromNanos(), window.toNanos());
        }
        isWrong |= punctuality.unmatched() > 0 || punctuality.early() > 0;
        say("GAPS", punctuality::gapMillis);
        say("SCHEDULE", punctuality::dueGapMillis);
        say("LATENESS", punctuality::lateMillis);
        out.printf(
                Locale.ROOT,
                "MATCH\tstreams=%d\tunlike_the_schedule=%d\tevents_before_their_time=%d%n",
                window.streams().size(),
                punctuality.unmatched(),
                punctuality.early());
        if (streams >= BAR_STREAMS) {
            bar(
                    "inter-token p99 over the schedule's own, ms",
                    punctuality.gapMillis(99) - punctuality.dueGapMillis(99),
                    MOST_LATE_MILLIS,
                    false);
        }
    }

    private void say(String what, DoubleUnaryOperator millisAt) {
        out.printf(
                Locale.ROOT,
                "%s\tp50_ms=%.3f\tp90_ms=%.3f\tp99_ms=%.3f\tp99.9_ms=%.3f\tmax_ms=%.3f%n",
                what,
                millisAt.applyAsDouble(50),
                millisAt.applyAsDouble(90),
                millisAt.applyAsDouble(99),
                millisAt.applyAsDouble(99.9),
                millisAt.applyAsDouble(100));
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
    private void killed(StreamsPlatform platform, BenchProgress progress) throws IOException, InterruptedException {
        progress.say(killStreams + " streams undisturbed");
        StreamsRun calm = StreamsRun.begin(platform, killStreams, killTokens, 2_000);
        calm.awaitEnded();
        progress.say(killStreams + " streams, and a replica dies");
        long start = platform.generatedTokens();
        StreamsRun run = StreamsRun.begin(platform, killStreams, killTokens, 2_000);
        run.awaitBegun();
        long killAt = System.nanoTime();
        int held = platform.crashOne();
        run.awaitEnded();
        long end = platform.generatedTokens();
        platform.awaitReady(replicas);

        var added = new Histogram(TimeUnit.MINUTES.toNanos(5), 3);
        int changed = 0;
        for (int i = 0; i < killStreams; i++) {
            TokenStream stream = run.streams().get(i);
            changed += stream.hash() == calm.streams().get(i).hash() ? 0 : 1;
            added.recordValue(addedNanos(stream.times(), calm.streams().get(i).times(), killAt));
        }
        count(run.streams(), killTokens, end - start);
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

    /// One client after the other hangs up in mid-stream: how long its blocks of keys and values are held then.
    private void hungUp(StreamsPlatform platform, BenchProgress progress) throws IOException, InterruptedException {
        progress.say(HANG_UPS + " clients hang up");
        var held = new Histogram(TimeUnit.MINUTES.toNanos(5), 3);
        for (int i = 0; i < HANG_UPS; i++) {
            StreamsRun run = StreamsRun.begin(platform, 1, HUNG_UP_TOKENS, 1_000);
            run.awaitBegun();
            if (platform.isIdle()) {
                throw new StartRefused("no engine works on a stream that is under way");
            }
            long start = System.nanoTime();
            run.hangUp();
            while (!platform.isIdle()) {
                if (System.nanoTime() - start > TimeUnit.MINUTES.toNanos(1)) {
                    throw new StartRefused("a client's blocks are held a minute after it has hung up");
                }
            }
            held.recordValue(System.nanoTime() - start);
            run.awaitEnded();
        }
        out.printf(
                Locale.ROOT,
                "HANG_UP\tclients=%d\theld_p50_ms=%.1f\tmax_ms=%.1f%n",
                HANG_UPS,
                held.getValueAtPercentile(50) / 1e6,
                held.getMaxValue() / 1e6);
        bar("blocks held after a client hung up, at most, ms", held.getMaxValue() / 1e6, MOST_HELD_MILLIS, false);
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
