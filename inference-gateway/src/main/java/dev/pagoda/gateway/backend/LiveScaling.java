package dev.pagoda.gateway.backend;

import static dev.pagoda.gateway.api.GatewayStatus.ReplicaState.READY;

import dev.pagoda.gateway.ReplicaConfig;
import dev.pagoda.gateway.scale.Autoscaler;
import dev.pagoda.gateway.scale.Reading;
import dev.pagoda.gateway.scale.ScaleMeter;
import dev.pagoda.gateway.scale.Scaling;
import dev.pagoda.gateway.scale.ServingProfile;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How many replicas a deployment wants: its autoscaler, what that is told, and what it said last.
///
/// Rules that need to know what a replica can do begin when the first one has been placed; until then there are as
/// many as must be. Belongs to the deployments' context.
final class LiveScaling {
    private final ScaleMeter meter = new ScaleMeter();
    private final long beganNanos;
    private Scaling scaling;
    private @Nullable Autoscaler autoscaler;
    private int decided = -1;

    LiveScaling(Scaling scaling, long nowNanos) {
        this.scaling = scaling;
        this.beganNanos = nowNanos;
    }

    /// The rule of a deployment: its own or the usual one, which takes the deployment's concurrency if it has none.
    ///
    /// @throws IllegalArgumentException if there is no such rule
    static Scaling rule(String own, String usual, int concurrency) {
        Scaling named = Scaling.named(own.isEmpty() ? usual : own);
        return named.rule() == Scaling.Rule.KNATIVE && named.argument().isEmpty()
                ? new Scaling(Scaling.Rule.KNATIVE, Integer.toString(concurrency))
                : named;
    }

    /// Another rule from now on.
    void follow(Scaling next) {
        if (!next.equals(scaling)) {
            scaling = next;
            autoscaler = null;
            decided = -1;
        }
    }

    String label() {
        return scaling.label();
    }

    ScaleMeter meter() {
        return meter;
    }

    /// Time since the deployment exists.
    long age(long nowNanos) {
        return nowNanos - beganNanos;
    }

    /// What it said last; empty before it has said anything.
    Optional<Integer> decided() {
        return decided < 0 ? Optional.empty() : Optional.of(decided);
    }

    /// Asks the autoscaler, about once a second.
    ///
    /// @param waiting requests that no replica has in hand
    void read(ReplicaConfig config, ReplicaSet replicas, int waiting, long nowNanos) {
        if (age(nowNanos) <= 0) {
            return;
        }
        int held = replicas.count(READY) == 0 ? waiting : 0;
        Reading reading = meter.read(age(nowNanos), replicas.starting(), held, replicas.loads());
        List<SimulatedReplica> placed = replicas.placed();
        if (autoscaler == null && (!placed.isEmpty() || !needsProfile())) {
            ServingProfile profile =
                    placed.isEmpty() ? UNKNOWN : placed.getLast().profile();
            autoscaler = scaling.autoscaler(
                    new Scaling.Setting(profile, replicas.startSeconds(), config.ttftMillis(), config.itlMillis()));
        }
        if (autoscaler != null) {
            decided = autoscaler.wanted(reading);
        }
    }

    private boolean needsProfile() {
        return switch (scaling.rule()) {
            case SLA_PLANNER, FORECAST -> true;
            case FIXED, KNATIVE, PRESSURE, SCHEDULE -> false;
        };
    }

    private static final ServingProfile UNKNOWN = new ServingProfile() {
        @Override
        public double ttftMillis(double promptTokens) {
            throw new IllegalStateException("no replica has been placed yet");
        }

        @Override
        public double itlMillis(double sequences, double contextTokens) {
            throw new IllegalStateException("no replica has been placed yet");
        }

        @Override
        public double decodeTokensPerSecond(double itlMillis, double contextTokens) {
            throw new IllegalStateException("no replica has been placed yet");
        }
    };
}
