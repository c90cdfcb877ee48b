package dev.pagoda.gateway.route;

import java.util.List;

/// Always the same target for one session: that with the highest hash of both, so that a target that comes or goes
/// moves no session but those that it takes or had (rendezvous hashing, Thaler and Ravishankar 1998).
public final class SessionAffinity implements RoutingPolicy {
    private final Turns turns = new Turns();

    @Override
    public Choice pick(List<? extends Target> targets, RouteRequest request) {
        int at = turns.least(targets, target -> -weight(request.session(), target.id()));
        return Choice.of(at, targets.get(at), request);
    }

    /// 0 to 1.
    private static double weight(long session, long target) {
        long mixed = mix(mix(session + 0x9E3779B97F4A7C15L) ^ mix(target + 0xD1B54A32D192ED03L));
        return (mixed >>> 11) * 0x1p-53;
    }

    /// SplitMix64's finaliser (Steele, Lea and Flood 2014).
    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
