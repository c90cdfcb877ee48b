package dev.pagoda.gateway;

import dev.pagoda.gateway.backend.MediaService;
import dev.pagoda.gateway.backend.RequestService;
import dev.pagoda.gateway.backend.RequestService.GivenUp;
import dev.pagoda.gateway.backend.RequestService.Served;
import dev.pagoda.gateway.backend.ResponseHeaders;
import dev.pagoda.gateway.guard.GuardedChats;
import dev.pagoda.gateway.journal.LoggedRequest;
import dev.pagoda.gateway.journal.LoggedRequest.Outcome;
import dev.pagoda.gateway.journal.RequestJournal;
import dev.pagoda.gateway.journal.TraceParent;
import dev.pagoda.gateway.limit.Decision;
import dev.pagoda.gateway.limit.LimitBook;
import dev.pagoda.gateway.limit.StandingHeaders;
import dev.pagoda.gateway.limit.TokenAsk;
import dev.pagoda.gateway.model.RequestModel;
import dev.pagoda.gateway.model.RequestWork;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/// Requests for pictures and sounds under what chats are under too: the checks of their tenant, limits, the request
/// log. Safe from any thread.
final class MediaTraffic implements MediaService {
    private static final int MAX_TEXT_CHARS = 100_000;

    private final RequestService engines;
    private final GuardedChats guards;
    private final LimitBook limits;
    private final RequestJournal journal;
    private final InstantSource clock;

    MediaTraffic(
            RequestService engines,
            GuardedChats guards,
            LimitBook limits,
            RequestJournal journal,
            InstantSource clock) {
        this.engines = engines;
        this.guards = guards;
        this.limits = limits;
        this.journal = journal;
        this.clock = clock;
    }

    @Override
    public Future<Pass> begin(Request request, String text, ResponseHeaders headers) {
        var begun = new Begun(request, headers);
        return guards.checked(text, request.call(), begun)
                .<Pass>map(begun::with)
                .onFailure(failure -> begun.ended(0, 0, null, failure));
    }

    /// One request. Of the caller's context.
    private final class Begun implements Pass, ResponseHeaders {
        private final Request request;
        private final ResponseHeaders headers;
        private final long startedMicros = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
        private final long startedNanos = System.nanoTime();
        private String text = "";
        private String verdicts = "";

        Begun(Request request, ResponseHeaders headers) {
            this.request = request;
            this.headers = headers;
        }

        Begun with(String checked) {
            text = checked;
            return this;
        }

        @Override
        public void put(String name, String value) {
            if (name.equals(GuardedChats.HEADER)) {
                verdicts = value;
            }
            headers.put(name, value);
        }

        @Override
        public String text() {
            return text;
        }

        @Override
        public Future<Served> serve(int prompt, int completion, RequestModel.Kind kind, RequestWork work) {
            Decision decision = limits.reserve(
                    request.call().principal(), request.model(), TokenAsk.of(prompt, completion), System.nanoTime());
            StandingHeaders.write(decision.standing(), headers);
            return switch (decision) {
                case Decision.Denied denied -> {
                    Refused refused = denied.refusal(request.model()).asException();
                    ended(0, 0, null, refused);
                    yield Future.failedFuture(refused);
                }
                case Decision.Granted granted ->
                    engines.serve(request.model(), kind, work, request.call(), request.left())
                            .onComplete(done -> {
                                boolean isServed = done.succeeded();
                                boolean wasRead =
                                        isServed || (done.cause() instanceof GivenUp given && given.hadBegun());
                                int read = wasRead ? prompt : 0;
                                int made = isServed ? completion : 0;
                                limits.settle(granted.grant(), read + made, System.nanoTime());
                                ended(read, made, isServed ? done.result() : null, done.cause());
                            });
            };
        }

        private static Outcome outcome(@Nullable Throwable failure) {
            return switch (failure) {
                case null -> Outcome.COMPLETED;
                case GivenUp left -> Outcome.ABORTED;
                case Refused refused -> Outcome.REFUSED;
                default -> Outcome.FAILED;
            };
        }

        void ended(int prompt, int completion, @Nullable Served served, @Nullable Throwable failure) {
            boolean keepsText = journal.keepsTexts(request.call().tenant());
            journal.hear(new LoggedRequest(
                    request.call().trace(),
                    request.call().principal(),
                    request.operation(),
                    request.model(),
                    "",
                    served == null ? "" : served.replica(),
                    "",
                    "",
                    verdicts,
                    startedMicros,
                    served == null ? -1 : served.queuedNanos() / 1_000,
                    -1,
                    (System.nanoTime() - startedNanos) / 1_000,
                    -1,
                    prompt,
                    completion,
                    0,
                    -1,
                    outcome(failure),
                    failure instanceof Refused refused ? refused.refusal().code() : "",
                    "",
                    TraceParent.of(request.traceParent()),
                    keepsText ? text.substring(0, Math.min(text.length(), MAX_TEXT_CHARS)) : null,
                    keepsText ? "" : null));
        }
    }
}
