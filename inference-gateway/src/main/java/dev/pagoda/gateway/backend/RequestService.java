package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.model.RequestModel;
import dev.pagoda.gateway.model.RequestWork;
import dev.pagoda.governance.bus.Call;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Locale;

/// What takes the time of requests that a model answers as a whole: pictures, sounds, texts to embed.
@FunctionalInterface
public interface RequestService {
    /// Names the replica, and how long a request waited and was worked on, in milliseconds of the engines' time.
    String HEADER = "x-pagoda-served";

    /// Completes when a device has done the work.
    ///
    /// @param left succeeds when nobody waits for the answer any more
    /// @return failed with [GivenUp] when nobody does, `NOT_FOUND` when no such model is known, `INVALID` when it
    ///     makes something else, `EXHAUSTED` when too many wait and `DEADLINE` when it took too long
    Future<Served> serve(String model, RequestModel.Kind kind, RequestWork work, Call call, Future<Void> left);

    /// For those who wait whatever happens.
    static Future<Void> nobodyLeaves() {
        return Promise.<Void>promise().future();
    }

    /// The work on a request ended because nobody waits for it.
    @SuppressWarnings("serial") // never serialised: exceptions stay in the process
    final class GivenUp extends RuntimeException {
        private final boolean hadBegun;
        private final int readTokens;

        /// @param hadBegun whether a device worked on it
        public GivenUp(boolean hadBegun) {
            this(hadBegun, 0);
        }

        private GivenUp(boolean hadBegun, int readTokens) {
            super("the client has left", null, false, false);
            this.hadBegun = hadBegun;
            this.readTokens = readTokens;
        }

        /// Of texts of which so many tokens were read, and are booked.
        public static GivenUp after(int readTokens) {
            return new GivenUp(readTokens > 0, readTokens);
        }

        public boolean hadBegun() {
            return hadBegun;
        }

        /// Tokens that were read by then, where texts are embedded or ranked; 0 elsewhere.
        public int readTokens() {
            return readTokens;
        }
    }

    /// What became of a request.
    ///
    /// @param replica      that did it
    /// @param queuedNanos  engines' time until it began
    /// @param workedNanos  engines' time of the work
    record Served(String replica, long queuedNanos, long workedNanos) {
        /// The value of [#HEADER].
        public String header() {
            return String.format(
                    Locale.ROOT,
                    "replica=%s; queued-ms=%.3f; worked-ms=%.3f",
                    replica,
                    queuedNanos / 1e6,
                    workedNanos / 1e6);
        }
    }
}
