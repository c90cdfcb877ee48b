package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.engine.Admission;
import dev.pagoda.gateway.engine.Engine;
import dev.pagoda.gateway.engine.EngineEvents;
import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.engine.EngineRules;
import dev.pagoda.gateway.engine.Prompt;
import dev.pagoda.gateway.engine.Sequence;
import dev.pagoda.gateway.engine.Submission;
import dev.pagoda.gateway.metrics.EngineMetrics;
import dev.pagoda.gateway.metrics.VllmMetrics;
import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.HostTime;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.model.Link;
import dev.pagoda.gateway.model.StepTime;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/// How punctually one event loop drives many engines under the wall clock, and what a page of their metrics costs.
///
/// The engines, their timer and their metrics are those that serve; nobody takes the tokens, so that no text is made.
/// Every engine has its batch full all the time.
public final class EngineTrial {
    private static final int STEP_TOKENS = 8_192;
    private static final int OUTPUT_TOKENS = 1_024;
    private static final int PAGES = 101;

    private final Plan plan;
    private final Architecture model;
    private final Device device;

    /// @param sequences    that each engine runs
    /// @param promptTokens of each
    /// @param devices      of each engine
    public record Plan(int engines, int sequences, int promptTokens, int devices, int warmUpSeconds, int seconds) {
        public Plan {
            within("engines", engines, 1_024);
            within("sequences", sequences, 4_096);
            within("promptTokens", promptTokens, 65_536);
            within("devices", devices, 64);
            within("warmUpSeconds", warmUpSeconds, 600);
            within("seconds", seconds, 600);
        }

        private static void within(String name, int value, int most) {
            if (value < 1 || value > most) {
                throw new IllegalArgumentException(name + " " + value + " is not within 1 to " + most);
            }
        }
    }

    /// What was seen. Lateness is from a step's end by the engine's own schedule to its handling.
    ///
    /// @param running       sequences that ran at the end, over all engines
    /// @param processorSeconds of the whole process
    /// @param pageMillis    median by the clock; `pageProcessorMillis` by the thread's processor time
    public record Result(
            double seconds,
            long steps,
            long tokens,
            int running,
            double processorSeconds,
            double lateP50Millis,
            double lateP99Millis,
            double lateMaxMillis,
            double pageMillis,
            double pageProcessorMillis,
            int pageBytes) {}

    public EngineTrial(Plan plan, Architecture model, Device device) {
        this.plan = plan;
        this.model = model;
        this.device = device;
    }

    /// Runs it; blocks until it is over.
    ///
    /// @throws IllegalArgumentException if the model or its batch does not fit the devices
    public Result run() {
        int blocks = KvCapacity.blocks(model, device, plan.devices(), STEP_TOKENS);
        long needed = (long) plan.sequences() * ((plan.promptTokens() + OUTPUT_TOKENS) / KvCapacity.BLOCK_TOKENS + 1);
        if (needed > blocks) {
            throw new IllegalArgumentException(plan.sequences() + " sequences need " + needed + " KV blocks, "
                    + plan.devices() + " x " + device.id() + " have " + blocks);
        }
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        try {
            return new Run(vertx, blocks).measure();
        } finally {
            vertx.close()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .orTimeout(10, TimeUnit.SECONDS)
                    .join();
        }
    }

    private final class Run {
        private final Context home;
        private final EngineClock clock = EngineClock.starting(System::nanoTime, 1);
        private final VllmMetrics metrics = new VllmMetrics();
        private final Histogram late = new Histogram(TimeUnit.MINUTES.toNanos(10), 3);
        private final StepTimer timer;
        private final Driven[] engines = new Driven[plan.engines()];
        private long steps;
        private long tokens;

        Run(Vertx vertx, int blocks) {
            home = vertx.getOrCreateContext();
            timer = new StepTimer(home, clock, nanos -> late.recordValue(Math.max(0, nanos)), () -> {});
            var limits = new EngineLimits(
                    STEP_TOKENS, plan.sequences(), 2 * plan.sequences(), model.contextTokens(), blocks);
            var time = new StepTime(model, device, plan.devices(), new Link.Fitted(device), HostTime.VLLM);
            for (int i = 0; i < engines.length; i++) {
                engines[i] = new Driven(
                        new Engine<>(limits, EngineRules.VLLM, time::nanos),
                        metrics.claim("trial", SimulatedReplica.facts(model.contextTokens(), blocks)));
            }
        }

        Result measure() {
            onHome(() -> Arrays.stream(engines).forEach(Driven::fill));
            pause(plan.warmUpSeconds());
            long processorBefore = processorNanos();
            long before = System.nanoTime();
            onHome(() -> {
                late.reset();
                steps = 0;
                tokens = 0;
            });
            pause(plan.seconds());
            var seen = new Result[1];
            onHome(() -> seen[0] = new Result(
                    (System.nanoTime() - before) / 1e9,
                    steps,
                    tokens,
                    Arrays.stream(engines)
                            .mapToInt(each -> each.engine.running())
                            .sum(),
                    (processorNanos() - processorBefore) / 1e9,
                    late.getValueAtPercentile(50) / 1e6,
                    late.getValueAtPercentile(99) / 1e6,
                    late.getMaxValue() / 1e6,
                    0,
                    0,
                    0));
            return withPages(seen[0]);
        }

        /// The median over some pages, while the engines go on.
        private Result withPages(Result run) {
            double[] millis = new double[PAGES];
            double[] processorMillis = new double[PAGES];
            var threads = ManagementFactory.getThreadMXBean();
            int bytes = 0;
            for (int i = 0; i < PAGES; i++) {
                long start = System.nanoTime();
                long processorStart = threads.getCurrentThreadCpuTime();
                var page = new StringBuilder();
                metrics.write(page);
                bytes = page.toString().getBytes(StandardCharsets.UTF_8).length;
                millis[i] = (System.nanoTime() - start) / 1e6;
                processorMillis[i] = (threads.getCurrentThreadCpuTime() - processorStart) / 1e6;
            }
            Arrays.sort(millis);
            Arrays.sort(processorMillis);
            return new Result(
                    run.seconds(),
                    run.steps(),
                    run.tokens(),
                    run.running(),
                    run.processorSeconds(),
                    run.lateP50Millis(),
                    run.lateP99Millis(),
                    run.lateMaxMillis(),
                    millis[PAGES / 2],
                    processorMillis[PAGES / 2],
                    bytes);
        }

        private void onHome(Runnable action) {
            var done = new CompletableFuture<Void>();
            home.runOnContext(v -> {
                try {
                    action.run();
                    done.complete(null);
                } catch (RuntimeException failure) {
                    done.completeExceptionally(failure);
                }
            });
            done.orTimeout(1, TimeUnit.MINUTES).join();
        }

        private static void pause(int seconds) {
            try {
                TimeUnit.SECONDS.sleep(seconds);
            } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("the trial was interrupted", end);
            }
        }

        private static long processorNanos() {
            return ManagementFactory.getOperatingSystemMXBean()
                            instanceof com.sun.management.OperatingSystemMXBean machine
                    ? machine.getProcessCpuTime()
                    : 0;
        }

        /// One engine; a sequence that ends is followed by another.
        private final class Driven extends StepWheel.Entry implements EngineEvents<long[]> {
            private final Engine<long[]> engine;
            private final EngineMetrics told;
            private int ended;

            Driven(Engine<long[]> engine, EngineMetrics told) {
                this.engine = engine;
                this.told = told;
            }

            void fill() {
                for (int i = 0; i < plan.sequences(); i++) {
                    // of unequal age, so that they do not end together
                    submit(1 + OUTPUT_TOKENS * (i + 1) / plan.sequences());
                }
                due();
            }

            private void submit(int output) {
                var submission = Submission.of(new long[] {-1}, Prompt.of(plan.promptTokens()), output);
                if (engine.submit(submission, clock.nanos()) instanceof Admission.Refused<long[]>(Admission.Why why)) {
                    throw new IllegalStateException("an engine refused its next sequence: " + why);
                }
            }

            @Override
            void due() {
                engine.advance(clock.nanos(), this);
                for (; ended > 0; ended--) {
                    submit(OUTPUT_TOKENS);
                }
                engine.dueNanos().ifPresent(next -> timer.set(this, next));
                told.state(engine.running(), engine.waiting(), engine.kvUsage());
            }

            @Override
            public void scheduled(Sequence<long[]> sequence, long atNanos) {
                told.queued(atNanos - sequence.arrivedNanos());
            }

            @Override
            public void token(Sequence<long[]> sequence, int index, long atNanos) {
                tokens++;
                long[] last = sequence.owner();
                if (last[0] < 0) {
                    told.firstToken(atNanos - sequence.arrivedNanos());
                } else {
                    told.nextToken(atNanos - last[0]);
                }
                last[0] = atNanos;
                told.generated(1);
            }

            @Override
            public void finished(Sequence<long[]> sequence, long atNanos) {
                ended++;
                told.ended(atNanos - sequence.arrivedNanos());
            }

            @Override
            public void stepped(int computed, long atNanos) {
                steps++;
                told.stepped(computed);
            }
        }
    }
}
