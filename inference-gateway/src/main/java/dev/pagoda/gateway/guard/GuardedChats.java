package dev.pagoda.gateway.guard;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatHandle;
import dev.pagoda.gateway.backend.ChatListener;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.ContentPart;
import dev.pagoda.gateway.backend.EmbedReply;
import dev.pagoda.gateway.backend.EmbedRequest;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.ForwardingListener;
import dev.pagoda.gateway.backend.ResponseHeaders;
import dev.pagoda.gateway.backend.ServedModel;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.backend.ToolCall;
import dev.pagoda.gateway.guard.GuardPolicy.Action;
import dev.pagoda.gateway.guard.OutputLane.Release;
import dev.pagoda.gateway.policy.PolicyBook;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.telemetry.Telemetry;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A service whose messages and answers are checked, for tenants whose policy asks for it.
///
/// An answer that is checked comes in fewer and larger pieces, at most a window later, and without logprobs: they would
/// tell what is masked.
public final class GuardedChats implements ChatService {
    /// What was found, such as `input pii email mask`, several joined by `; `.
    public static final String HEADER = "x-pagoda-guard";

    /// Code of a refused request.
    public static final String BLOCKED = "content_policy_violation";

    /// Longer texts are not checked on an event loop.
    private static final int LIGHT_CHARS = 8_000;

    private static final int MAX_HEADER_VERDICTS = 16;

    private final ChatService next;
    private final Vertx vertx;
    private final PolicyBook<GuardPolicy> policies;
    private final Telemetry telemetry;
    private final Map<String, Guard> guards = new ConcurrentHashMap<>();

    /// A policy and its checks, ready for texts.
    private record Guard(GuardPolicy policy, CheckList input, CheckList output) {
        static Guard of(GuardPolicy policy) {
            return new Guard(
                    policy,
                    new CheckList("input", policy.input() == null ? List.of() : policy.input()),
                    new CheckList("output", policy.output() == null ? List.of() : policy.output()));
        }
    }

    public GuardedChats(ChatService next, Vertx vertx, PolicyBook<GuardPolicy> policies, Telemetry telemetry) {
        this.next = next;
        this.vertx = vertx;
        this.policies = policies;
        this.telemetry = telemetry;
    }

    @Override
    public ChatHandle chat(ChatRequest request, Call call, ChatListener listener) {
        Guard guard = guard(call);
        if (guard == null) {
            return next.chat(request, call, listener);
        }
        var chat = new Guarded(guard, request, call, listener);
        inBackgroundIf(length(request) > LIGHT_CHARS, () -> checked(guard, request), chat::begin, chat::broken);
        return chat;
    }

    @Override
    public Future<EmbedReply> embed(EmbedRequest request, Call call, ResponseHeaders headers) {
        Guard guard = guard(call);
        if (guard == null || guard.input().isEmpty()) {
            return next.embed(request, call, headers);
        }
        return vertx.executeBlocking(() -> checked(guard, request), false).compose(checked -> {
            tell(checked.verdicts(), headers);
            return checked.isBlocked()
                    ? Future.failedFuture(refusal(checked.verdicts()).asException())
                    : next.embed(checked.request(), call, headers);
        });
    }

    /// A text that belongs to no chat, with what is masked in it.
    ///
    /// @return failed with `INVALID` when a check blocks it
    public Future<String> checked(String text, Call call, ResponseHeaders headers) {
        Guard guard = guard(call);
        if (guard == null || guard.input().isEmpty() || text.isEmpty()) {
            return Future.succeededFuture(text);
        }
        return vertx.executeBlocking(() -> checked(guard, text), false).compose(checked -> {
            tell(checked.verdicts(), headers);
            return checked.isBlocked()
                    ? Future.failedFuture(refusal(checked.verdicts()).asException())
                    : Future.succeededFuture(checked.request());
        });
    }

    @Override
    public Future<List<ServedModel>> models(Call call) {
        return next.models(call);
    }

    @SuppressWarnings("ReferenceEquality") // the book gives the same policy until it is set anew
    private @Nullable Guard guard(Call call) {
        GuardPolicy policy = policies.of(call.tenant());
        if (policy == null) {
            return null;
        }
        Guard known = guards.get(call.tenant());
        if (known == null || known.policy() != policy) {
            known = Guard.of(policy);
            guards.put(call.tenant(), known);
        }
        return known;
    }

    private <T> void inBackgroundIf(boolean isHeavy, Callable<T> work, Consumer<T> done, Runnable broken) {
        Future<T> result;
        if (isHeavy) {
            result = vertx.executeBlocking(work, false);
        } else {
            try {
                result = Future.succeededFuture(work.call());
            } catch (Exception failure) {
                result = Future.failedFuture(failure);
            }
        }
        result.onSuccess(done::accept).onFailure(failure -> broken.run());
    }

    /// A request as it may go on.
    private record Checked<R>(R request, List<Verdict> verdicts) {
        boolean isBlocked() {
            return verdicts.stream().anyMatch(verdict -> verdict.action() == Action.BLOCK);
        }
    }

    private static Checked<ChatRequest> checked(Guard guard, ChatRequest request) {
        CheckList checks = guard.input();
        if (checks.isEmpty()) {
            return new Checked<>(request, List.of());
        }
        List<Verdict> verdicts = new ArrayList<>();
        checks.tooLong(length(request)).ifPresent(verdicts::add);
        if (checks.needsWhole()) {
            verdicts.addAll(checks.misshaped(request.messages().getLast().content()));
        }
        List<ChatMessage> messages = request.messages().stream()
                .map(message -> new ChatMessage(
                        message.role(),
                        message.parts().stream()
                                .map(part -> checked(checks, part, verdicts))
                                .toList(),
                        checked(checks, message.toolCalls(), verdicts),
                        message.toolCallId()))
                .toList();
        boolean isMasked = verdicts.stream().anyMatch(verdict -> verdict.action() == Action.MASK);
        return new Checked<>(isMasked ? request.withMessages(messages) : request, verdicts);
    }

    private static List<ToolCall> checked(CheckList checks, List<ToolCall> calls, List<Verdict> verdicts) {
        return calls.stream()
                .map(call -> new ToolCall(call.id(), call.name(), judged(checks, call.arguments(), verdicts)))
                .toList();
    }

    private static ContentPart checked(CheckList checks, ContentPart part, List<Verdict> verdicts) {
        return switch (part) {
            case ContentPart.Text text -> new ContentPart.Text(judged(checks, text.text(), verdicts));
            case ContentPart.File file ->
                new ContentPart.File(
                        file.name(),
                        file.mediaType(),
                        judged(checks, file.text(), verdicts),
                        file.digest(),
                        file.tokens());
            case ContentPart.Image image -> image;
            case ContentPart.Audio audio -> audio;
        };
    }

    private static String judged(CheckList checks, String text, List<Verdict> verdicts) {
        var judged = checks.judge(text, checks.hits(text), 0, text.length());
        verdicts.addAll(judged.verdicts());
        return judged.text();
    }

    private static Checked<EmbedRequest> checked(Guard guard, EmbedRequest request) {
        List<Verdict> verdicts = new ArrayList<>();
        long chars = request.inputs().stream().mapToLong(String::length).sum();
        guard.input().tooLong(chars).ifPresent(verdicts::add);
        List<String> inputs = request.inputs().stream()
                .map(text -> judged(guard.input(), text, verdicts))
                .toList();
        return new Checked<>(request.withInputs(inputs), verdicts);
    }

    private static Checked<String> checked(Guard guard, String text) {
        List<Verdict> verdicts = new ArrayList<>();
        guard.input().tooLong(text.length()).ifPresent(verdicts::add);
        return new Checked<>(judged(guard.input(), text, verdicts), verdicts);
    }

    private static long length(ChatRequest request) {
        long chars = 0;
        for (ChatMessage message : request.messages()) {
            chars += message.content().length();
            for (ToolCall call : message.toolCalls()) {
                chars += call.arguments().length();
            }
        }
        return chars;
    }

    private static Refusal refusal(List<Verdict> verdicts) {
        String what = verdicts.stream()
                .filter(verdict -> verdict.action() == Action.BLOCK)
                .map(verdict -> verdict.check() + " (" + verdict.what() + ")")
                .distinct()
                .collect(Collectors.joining(", "));
        return Refusal.of(
                Reason.INVALID,
                BLOCKED,
                "The request was rejected by the content policy of your organization: " + what + ".");
    }

    private void tell(List<Verdict> verdicts, ResponseHeaders headers) {
        if (verdicts.isEmpty()) {
            return;
        }
        for (Verdict verdict : verdicts) {
            Counter.builder("pagoda.gateway.guard.verdicts")
                    .description("What checks of messages and answers found")
                    .tag("where", verdict.where())
                    .tag("what", verdict.what())
                    .tag("action", verdict.action().name().toLowerCase(Locale.ROOT))
                    .register(telemetry.meters())
                    .increment();
        }
        headers.put(
                HEADER,
                verdicts.stream()
                        .map(Verdict::text)
                        .distinct()
                        .limit(MAX_HEADER_VERDICTS)
                        .collect(Collectors.joining("; ")));
    }

    /// One chat under its guard. Belongs to the caller's context.
    private final class Guarded extends ForwardingListener implements ChatHandle {
        private final Guard guard;
        private final Call call;
        private final @Nullable Lane[] lanes;
        private final boolean[] finished;
        private @Nullable ChatHandle handle;
        private boolean over;
        private int prompt;
        private int received;
        private int reasoning;

        Guarded(Guard guard, ChatRequest request, Call call, ChatListener listener) {
            super(listener);
            this.guard = guard;
            this.call = call;
            this.lanes = new Lane[request.n()];
            this.finished = new boolean[request.n()];
        }

        void begin(Checked<ChatRequest> checked) {
            if (over) {
                return;
            }
            tell(checked.verdicts(), next()::onHeader);
            if (checked.isBlocked()) {
                over = true;
                Refusal refusal = refusal(checked.verdicts());
                vertx.runOnContext(v -> next().onFailure(refusal));
                return;
            }
            handle = GuardedChats.this.next.chat(
                    checked.request(), call, guard.output().isEmpty() ? next() : this);
            if (over) {
                handle.cancel();
            }
        }

        void broken() {
            if (!over) {
                over = true;
                next().onFailure(Refusal.of(Reason.INTERNAL, "internal", "the request could not be checked"));
            }
        }

        @Override
        public void onStart(ChatStarted started) {
            prompt = started.promptTokens();
            super.onStart(started);
        }

        @Override
        public void onDelta(int choice, ChatDelta delta) {
            if (over) {
                return;
            }
            received += delta.tokens();
            if (delta instanceof ChatDelta.Reasoning) {
                reasoning += delta.tokens();
            }
            Lane lane = lanes[choice];
            if (lane == null || !lane.takes(delta)) {
                if (lane != null) {
                    give(choice, lane, lane.texts.end());
                }
                lane = new Lane(guard.output(), delta);
                lanes[choice] = lane;
            }
            if (!over) {
                give(choice, lane, lane.texts.more(delta.text(), delta.tokens()));
            }
        }

        @Override
        public void onFinish(int choice, FinishReason reason) {
            if (over) {
                return;
            }
            Lane lane = lanes[choice];
            if (lane != null) {
                give(choice, lane, lane.texts.end());
            }
            if (!over) {
                finished[choice] = true;
                super.onFinish(choice, reason);
            }
        }

        private void give(int choice, Lane lane, Release release) {
            tell(release.verdicts(), next()::onHeader);
            if (release.tokens() > 0) {
                next().onDelta(choice, lane.delta(release.text(), release.tokens()));
            }
            if (release.isBlocked() && !over) {
                block();
            }
        }

        /// Ends the answer before what the policy does not let through.
        private void block() {
            over = true;
            if (handle != null) {
                handle.cancel();
            }
            for (int choice = 0; choice < finished.length; choice++) {
                if (!finished[choice]) {
                    next().onFinish(choice, FinishReason.CONTENT_FILTER);
                }
            }
            next().onEnd(new TokenUsage(prompt, received, 0, reasoning));
        }

        @Override
        public void onEnd(TokenUsage usage) {
            if (!over) {
                over = true;
                super.onEnd(usage);
            }
        }

        @Override
        public void onFailure(Refusal refusal) {
            if (!over) {
                over = true;
                super.onFailure(refusal);
            }
        }

        @Override
        public void cancel() {
            over = true;
            if (handle != null) {
                handle.cancel();
            }
        }
    }

    /// The thoughts, the text or one tool call of a choice.
    private static final class Lane {
        final OutputLane texts;
        private final ChatDelta first;
        private boolean hasOpened;

        Lane(CheckList checks, ChatDelta first) {
            this.texts = new OutputLane(checks);
            this.first = first;
        }

        boolean takes(ChatDelta delta) {
            return switch (delta) {
                case ChatDelta.Text text -> first instanceof ChatDelta.Text;
                case ChatDelta.Reasoning thought -> first instanceof ChatDelta.Reasoning;
                case ChatDelta.ToolCall tool ->
                    first instanceof ChatDelta.ToolCall before && before.index() == tool.index();
            };
        }

        ChatDelta delta(String text, int tokens) {
            boolean opens = !hasOpened;
            hasOpened = true;
            return switch (first) {
                case ChatDelta.Text ignored -> new ChatDelta.Text(text, tokens);
                case ChatDelta.Reasoning ignored -> new ChatDelta.Reasoning(text, tokens);
                case ChatDelta.ToolCall tool ->
                    new ChatDelta.ToolCall(tool.index(), tool.id(), tool.name(), tool.isCustom(), text, tokens, opens);
            };
        }
    }
}
