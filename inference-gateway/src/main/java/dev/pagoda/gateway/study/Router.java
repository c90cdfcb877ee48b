package dev.pagoda.gateway.study;

import dev.pagoda.gateway.engine.Engine;
import dev.pagoda.gateway.engine.Prompt;
import java.util.List;

/// Picks engines by one policy; equals take turns, so that the first engine is not preferred. Not thread-safe.
final class Router {
    private static final int BALANCE_ABSOLUTE = 32;
    private static final double BALANCE_RELATIVE = 1.0001;
    private static final double CACHE_SHARE = .5;

    private final Routing routing;
    private int turn;

    Router(Routing routing) {
        this.routing = routing;
    }

    int pick(List<? extends Engine<?>> engines, Prompt prompt) {
        int picked = switch (routing) {
            case ROUND_ROBIN -> turn % engines.size();
            case LEAST_REQUESTS -> leastRequests(engines);
            case LEAST_KV -> leastKv(engines);
            case PREFIX_AWARE -> prefixAware(engines, prompt);
        };
        turn = (picked + 1) % engines.size();
        return picked;
    }

    private int leastRequests(List<? extends Engine<?>> engines) {
        int best = -1;
        int least = Integer.MAX_VALUE;
        for (int i = 0; i < engines.size(); i++) {
            int at = (turn + i) % engines.size();
            int load = load(engines.get(at));
            if (load < least) {
                least = load;
                best = at;
            }
        }
        return best;
    }

    private int leastKv(List<? extends Engine<?>> engines) {
        int best = -1;
        double least = Double.MAX_VALUE;
        for (int i = 0; i < engines.size(); i++) {
            int at = (turn + i) % engines.size();
            // what waits has no blocks yet, so that usage alone would send everything to a full queue
            double load = engines.get(at).kvUsage() + engines.get(at).waiting();
            if (load < least) {
                least = load;
                best = at;
            }
        }
        return best;
    }

    private int prefixAware(List<? extends Engine<?>> engines, Prompt prompt) {
        int most = 0;
        int least = Integer.MAX_VALUE;
        for (Engine<?> engine : engines) {
            most = Math.max(most, load(engine));
            least = Math.min(least, load(engine));
        }
        if (most - least > BALANCE_ABSOLUTE && most > least * BALANCE_RELATIVE) {
            return leastRequests(engines);
        }
        int best = -1;
        int cached = 0;
        for (int i = 0; i < engines.size(); i++) {
            int at = (turn + i) % engines.size();
            int found = engines.get(at).cachedTokens(prompt);
            if (found > cached) {
                cached = found;
                best = at;
            }
        }
        return best >= 0 && cached > CACHE_SHARE * prompt.tokens() ? best : emptiest(engines);
    }

    /// Where a prompt that no engine knows displaces least.
    private int emptiest(List<? extends Engine<?>> engines) {
        return leastRequests(engines);
    }

    private static int load(Engine<?> engine) {
        return engine.running() + engine.waiting();
    }
}
