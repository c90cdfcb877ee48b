package dev.pagoda.gateway.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.engine.Sequence.State;
import dev.pagoda.gateway.model.KvCapacity;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The scheduler beside a plain model of what each sequence has been given, under random arrivals, priorities,
/// prefixes, adapters, drafts, transfers and aborts, with one or several steps under way.
///
/// After every step: each block is free or held as often as sequences hold it, and shared only by equal prefixes;
/// what was computed of a sequence is the sum of its parts in steps; nobody is in two places or in none; those who
/// were taken up were first of their priority, and those who lost their blocks last.
class SchedulerModelTest {
    private static final int STEPS = 700;
    private static final int FAMILIES = 3;
    private static final Comparator<Kept> ORDER =
            Comparator.<Kept>comparingInt(each -> each.sequence.priority()).thenComparingLong(each -> each.number);

    /// What the model knows of a sequence.
    private static final class Kept {
        final Sequence<String> sequence;
        final Submission<String> asked;
        final long number;
        final long arrived;
        boolean isRunning;
        /// The how-manieth taking up this was.
        long takenUp;

        int computed;
        int pending;
        int made;

        Kept(Submission<String> asked, long number, long arrived) {
            this.asked = asked;
            this.number = number;
            this.arrived = arrived;
            this.sequence = new Sequence<>(asked, number, arrived);
        }

        int known() {
            return asked.prompt().tokens() + made;
        }

        /// What the tokens of a block are, whoever holds it.
        long content(int block) {
            long[] names = asked.prompt().blockNames();
            return block < names.length ? names[block] : -1 - number * 10_000 - block;
        }
    }

    /// A step, and what the model expects of its end.
    private record Flight(Step<String> step, List<Kept> making) {}

    private static final class Run {
        final Random random;
        final EngineLimits limits;
        final EngineRules rules;
        final int depth;
        final boolean hasPriorities;
        final boolean hasAdapters;
        final Scheduler<String> scheduler;
        final List<Kept> live = new ArrayList<>();
        final ArrayDeque<Flight> flights = new ArrayDeque<>();
        final String name;
        long submitted;
        long takings;
        long now;
        int preemptions;
        int skips;
        int shared;
        int aborts;
        boolean hadPriority;
        double integral;
        double stays;
        Set<Kept> ended = new HashSet<>();

        Run(long seed) {
            random = new Random(seed);
            limits = new EngineLimits(
                    48 + random.nextInt(100), 3 + random.nextInt(12), 1_000, 400, 26 + random.nextInt(20));
            int kind = random.nextInt(4);
            EngineRules plain = kind == 0 ? EngineRules.VLLM : EngineRules.SYNCHRONOUS;
            if (kind == 1) {
                plain = plain.withDrafts(1 + random.nextInt(4), random.nextDouble());
            }
            hasAdapters = random.nextBoolean();
            hasPriorities = random.nextBoolean();
            EngineRules chosen = plain.withPrefixCaching(random.nextInt(4) > 0)
                    .withAdapterSlots(hasAdapters ? 1 + random.nextInt(2) : Integer.MAX_VALUE);
            rules = new EngineRules(
                    chosen.prefixCaching(),
                    chosen.asyncScheduling(),
                    random.nextBoolean(),
                    chosen.adapterSlots(),
                    chosen.drafts(),
                    chosen.acceptance());
            depth = kind == 0 ? 2 : kind == 2 ? 1 + random.nextInt(3) : 1;
            scheduler = new Scheduler<>(limits, rules);
            name = "seed " + seed + ": " + rules + ", " + depth + " under way, priorities " + hasPriorities + ", step ";
        }

        void go() {
            try {
                steps();
            } catch (AssertionError | IllegalStateException broken) {
                throw new AssertionError(name + now + ": " + broken.getMessage(), broken);
            }
        }

        private void steps() {
            while (now < STEPS || !live.isEmpty()) {
                assertTrue(now < 40 * STEPS, "comes to no end");
                if (now < STEPS && random.nextInt(3) == 0) {
                    submit();
                }
                if (!live.isEmpty() && random.nextInt(40) == 0) {
                    abort(live.get(random.nextInt(live.size())));
                }
                while (flights.size() < depth && plan()) {
                    check();
                }
                integral += scheduler.running() + scheduler.waiting();
                now++;
                if (!flights.isEmpty()) {
                    complete();
                    check();
                }
            }
            assertEquals(stays, integral, "Little's law");
            assertEquals(preemptions, scheduler.preemptions());
            takeAll();
        }

        /// In the end all blocks can be taken, each once.
        private void takeAll() {
            Set<Integer> taken = new HashSet<>();
            for (int i = 0; i < limits.kvBlocks(); i++) {
                assertTrue(taken.add(scheduler.blocks().take()), "a block was free twice");
            }
            assertEquals(0, scheduler.blocks().freeCount());
        }

        private void submit() {
            int prompt = 1 + random.nextInt(250);
            long[] names = new long[random.nextInt(prompt / 16 + 1)];
            int family = random.nextInt(FAMILIES);
            int common = random.nextInt(8);
            for (int i = 0; i < names.length; i++) {
                names[i] = i < common ? 1 + family * 100L + i : 1_000_000 + 1_000L * submitted + i;
            }
            int output = 1 + random.nextInt(Math.min(80, limits.contextTokens() - prompt));
            int remote = random.nextInt(10) == 0 ? random.nextInt(prompt + 1) : 0;
            Prompt text = new Prompt(prompt, names);
            var kept = new Kept(
                    new Submission<>(
                            "r" + submitted,
                            text,
                            output,
                            hasPriorities ? random.nextInt(3) : 0,
                            hasAdapters && random.nextBoolean() ? random.nextInt(4) : Submission.NO_ADAPTER,
                            remote),
                    submitted++,
                    now);
            if (Sequence.blocksFor(prompt + output) > limits.kvBlocks()) {
                return;
            }
            hadPriority |= kept.sequence.priority() != 0;
            live.add(kept);
            scheduler.submit(kept.sequence);
        }

        private void abort(Kept kept) {
            scheduler.cancel(kept.sequence);
            end(kept);
            aborts++;
            check();
        }

        private void end(Kept kept) {
            assertTrue(ended.add(kept), "ended twice");
            live.remove(kept);
            stays += now - kept.arrived;
            assertTrue(kept.sequence.hasEnded());
            assertEquals(0, kept.sequence.blockCount(), "it holds blocks after its end");
        }

        private boolean plan() {
            List<Kept> waiting =
                    live.stream().filter(each -> !each.isRunning).sorted(ORDER).toList();
            List<Kept> running = live.stream().filter(each -> each.isRunning).toList();
            int scarce = scheduler.blocks().freeCount();
            for (Kept each : running) {
                int most = Math.min(each.known() + each.pending + rules.drafts(), total(each));
                scarce -= Math.max(0, Sequence.blocksFor(most) - each.sequence.blockCount());
            }
            long hitsBefore = scheduler.prefixHits();
            var step = new Step<String>();
            List<Sequence<String>> fresh = new ArrayList<>();
            scheduler.plan(step, fresh);
            Map<Sequence<String>, Integer> parts = new HashMap<>();
            int tokens = 0;
            for (int i = 0; i < step.size(); i++) {
                assertTrue(parts.put(step.sequence(i), i) == null, "twice in a step");
                assertTrue(step.tokens(i) > 0);
                tokens += step.tokens(i);
            }
            assertTrue(tokens <= limits.stepTokens(), "too many tokens");
            List<Kept> lost = running.stream()
                    .filter(each -> each.sequence.state == State.WAITING)
                    .toList();
            List<Kept> taken = waiting.stream()
                    .filter(each -> each.sequence.state == State.RUNNING)
                    .toList();
            assertLast(running, lost, scarce >= 0);
            if (lost.isEmpty()) {
                assertFirst(waiting, taken, tokens, parts.keySet());
            }
            assertTrue(lost.isEmpty() || taken.isEmpty(), "took up while others lost their blocks");
            for (Kept each : running) {
                boolean hasWork = each.computed < each.known() + (rules.asyncScheduling() ? each.pending : 0)
                        && each.made + each.pending < each.asked.outputTokens();
                if (hasWork && !lost.contains(each) && !parts.containsKey(each.sequence)) {
                    assertEquals(limits.stepTokens(), tokens, "one that runs was left out with budget left");
                }
            }
            lost.forEach(each -> {
                each.isRunning = false;
                each.computed = 0;
            });
            preemptions += lost.size();
            take(taken, step, parts);
            assertHits(taken, scheduler.prefixHits() - hitsBefore);
            List<Kept> making = new ArrayList<>();
            for (Kept each : live) {
                Integer part = parts.remove(each.sequence);
                if (part != null) {
                    assertTrue(each.isRunning, "one that waits is in a step");
                    each.computed += step.tokens(part);
                    boolean isWhole = each.computed >= each.known() + each.pending;
                    assertEquals(isWhole, step.makesToken(part), "a token without its context");
                    if (isWhole) {
                        each.pending++;
                        making.add(each);
                    }
                }
            }
            assertEquals(Map.of(), parts, "somebody unknown is in a step");
            assertTrue(step.isEmpty() || tokens > 0);
            if (step.isEmpty()) {
                assertTrue(!flights.isEmpty() || live.isEmpty(), "nothing is done though somebody waits");
                return false;
            }
            flights.addLast(new Flight(step, making));
            return true;
        }

        private int total(Kept kept) {
            return kept.asked.prompt().tokens() + kept.asked.outputTokens();
        }

        private void take(List<Kept> taken, Step<String> step, Map<Sequence<String>, Integer> parts) {
            for (Kept each : taken) {
                each.isRunning = true;
                each.takenUp = ++takings;
                int part = Objects.requireNonNull(parts.get(each.sequence));
                int ready = each.sequence.computed - step.tokens(part);
                int remote = each.sequence.preemptions() == 0 ? each.asked.remoteTokens() : 0;
                assertTrue(ready < each.known(), "its last token must be computed");
                if (ready > 0 && ready != Math.min(remote, each.known() - 1)) {
                    assertEquals(0, ready % KvCapacity.BLOCK_TOKENS, "whole blocks are shared");
                    assertTrue(rules.prefixCaching());
                }
                int found = 0;
                while (found < each.sequence.blockCount()
                        && scheduler.blocks().holders(each.sequence.block(found)) > 1) {
                    found++;
                }
                shared += found;
                each.computed = ready;
            }
        }

        /// What came from the cache is what was not computed, but for what another engine sent.
        private void assertHits(List<Kept> taken, long hits) {
            boolean anyRemote =
                    taken.stream().anyMatch(each -> each.asked.remoteTokens() > 0 && each.sequence.preemptions() == 0);
            if (!rules.prefixCaching()) {
                assertEquals(0, hits);
            } else if (!anyRemote) {
                assertEquals(taken.stream().mapToLong(each -> each.computed).sum(), hits, "cache hits");
            }
        }

        /// Those who lost their blocks were last: by priority and arrival, without priorities by when they were taken
        /// up; and there were too few blocks.
        private void assertLast(List<Kept> running, List<Kept> lost, boolean wereEnough) {
            assertFalse(wereEnough && !lost.isEmpty(), "blocks were taken though there were enough");
            Comparator<Kept> order = hadPriority ? ORDER : Comparator.comparingLong(each -> each.takenUp);
            for (Kept loser : lost) {
                for (Kept other : running) {
                    assertTrue(
                            lost.contains(other) || order.compare(other, loser) < 0,
                            "one lost its blocks before one that was behind it");
                }
            }
        }

        /// Those who were taken up were the first who wait, but for those whose adapters found no slot.
        private void assertFirst(List<Kept> waiting, List<Kept> taken, int tokens, Set<Sequence<String>> inStep) {
            Set<Integer> adapters = new HashSet<>();
            Set<Integer> inMemory = new HashSet<>();
            for (Kept each : live) {
                int adapter = each.asked.adapter();
                boolean isInStep = inStep.contains(each.sequence);
                boolean goesOn =
                        each.sequence.state == State.RUNNING && each.made + each.pending < each.asked.outputTokens();
                if (adapter != Submission.NO_ADAPTER && isInStep) {
                    adapters.add(adapter);
                }
                if (adapter != Submission.NO_ADAPTER && (isInStep || goesOn)) {
                    inMemory.add(adapter);
                }
            }
            assertTrue(adapters.size() <= rules.adapterSlots(), "too many adapters in one step");
            boolean hasRoom = tokens < limits.stepTokens() && scheduler.running() < limits.maxSequences();
            for (Kept each : waiting) {
                int adapter = each.asked.adapter();
                boolean fits = adapter == Submission.NO_ADAPTER
                        || inMemory.contains(adapter)
                        || inMemory.size() < rules.adapterSlots();
                if (hasRoom && fits && !taken.contains(each)) {
                    assertTrue(
                            Sequence.blocksFor(each.known())
                                    > scheduler.blocks().freeCount(),
                            "one waits though there is budget, a place and memory");
                    break;
                }
            }
            int last = -1;
            for (int i = 0; i < waiting.size(); i++) {
                last = taken.contains(waiting.get(i)) ? i : last;
            }
            for (int i = 0; i < last; i++) {
                Kept passed = waiting.get(i);
                if (!taken.contains(passed)) {
                    skips++;
                    assertTrue(
                            passed.asked.adapter() != Submission.NO_ADAPTER
                                    && inMemory.size() == rules.adapterSlots()
                                    && !inMemory.contains(passed.asked.adapter()),
                            "a later request was taken up before one of its priority, or of a better one");
                }
            }
        }

        private void complete() {
            Flight flight = flights.removeFirst();
            var news = new News<String>();
            scheduler.complete(flight.step(), news);
            Set<Sequence<String>> heard = new HashSet<>();
            Map<Sequence<String>, Integer> tokens = new HashMap<>();
            news.tell(
                    new EngineEvents<>() {
                        @Override
                        public void scheduled(Sequence<String> sequence, long atNanos) {}

                        @Override
                        public void token(Sequence<String> sequence, int index, long atNanos) {
                            int before = tokens.merge(sequence, 1, Integer::sum) - 1;
                            Kept kept = find(flight, sequence);
                            assertEquals(kept.made + before, index, "tokens come once and in order");
                        }

                        @Override
                        public void finished(Sequence<String> sequence, long atNanos) {
                            assertTrue(heard.add(sequence), "finished twice");
                        }
                    },
                    now);
            for (Kept each : flight.making()) {
                if (ended.contains(each)) {
                    continue;
                }
                int made = tokens.getOrDefault(each.sequence, 0);
                tokens.remove(each.sequence);
                assertTrue(made >= 1 && made <= 1 + rules.drafts(), "so many tokens come of no step");
                each.made += made;
                each.pending--;
                assertTrue(each.made <= each.asked.outputTokens(), "more tokens than were asked for");
                if (rules.drafts() > 0 && each.isRunning) {
                    each.computed = each.known() - 1;
                }
                assertEquals(each.made == each.asked.outputTokens(), heard.contains(each.sequence));
                if (each.made == each.asked.outputTokens()) {
                    end(each);
                }
            }
            assertEquals(Map.of(), tokens, "tokens of somebody whose context was not whole");
        }

        private Kept find(Flight flight, Sequence<String> sequence) {
            return flight.making().stream()
                    .filter(each -> each.sequence == sequence)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("a token of one that made none"));
        }

        private void check() {
            KvBlocks blocks = scheduler.blocks();
            int[] holders = new int[blocks.count()];
            Map<Integer, Long> contents = new HashMap<>();
            int running = 0;
            for (Kept each : live) {
                Sequence<String> sequence = each.sequence;
                assertEquals(each.isRunning ? State.RUNNING : State.WAITING, sequence.state);
                running += each.isRunning ? 1 : 0;
                assertEquals(each.computed, sequence.computed, "what was computed is the sum of its parts");
                assertEquals(each.made, sequence.generated());
                assertEquals(each.pending, sequence.pending);
                int needed = each.isRunning ? Sequence.blocksFor(each.computed) : 0;
                assertTrue(sequence.blockCount() >= needed, "tokens without a block");
                assertTrue(each.isRunning || sequence.blockCount() == 0, "one that waits holds blocks");
                assertTrue(sequence.blockCount() <= Sequence.blocksFor(total(each) + rules.drafts()));
                for (int i = 0; i < sequence.blockCount(); i++) {
                    holders[sequence.block(i)]++;
                    long content = 1_000 * each.content(i) + i;
                    Long other = contents.put(sequence.block(i), content);
                    assertTrue(other == null || other == content, "one block holds two texts");
                }
            }
            int free = 0;
            for (int i = 0; i < holders.length; i++) {
                assertEquals(holders[i], blocks.holders(i), "a block counts its holders");
                free += holders[i] == 0 ? 1 : 0;
            }
            assertEquals(free, blocks.freeCount(), "blocks that nobody holds are free");
            assertEquals(running, scheduler.running());
            assertEquals(live.size() - running, scheduler.waiting());
            assertTrue(running <= limits.maxSequences(), "too many run");
        }
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 60);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void theSchedulerDoesWhatAPlainModelExpects(long seed) {
        new Run(seed).go();
    }

    @Test
    void everythingThatCanHappenHappensInTheseRuns() {
        int preemptions = 0;
        int skips = 0;
        int shared = 0;
        int aborts = 0;
        int ended = 0;
        long accepted = 0;
        for (long seed = 101; seed <= 124; seed++) {
            var run = new Run(seed);
            run.go();
            preemptions += run.preemptions;
            skips += run.skips;
            shared += run.shared;
            aborts += run.aborts;
            ended += run.ended.size();
            accepted += run.rules.drafts() > 0 ? run.scheduler.acceptedAt(0) : 0;
        }
        assertTrue(preemptions > 500, preemptions + " preemptions");
        assertTrue(skips > 100, skips + " passed by for want of an adapter's slot");
        assertTrue(shared > 1_000, shared + " blocks shared");
        assertTrue(aborts > 200, aborts + " aborts");
        assertTrue(ended > 3_000, ended + " ended");
        assertTrue(accepted > 500, accepted + " drafts accepted");
    }
}
