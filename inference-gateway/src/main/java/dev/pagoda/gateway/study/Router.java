package dev.pagoda.gateway.study;

import dev.pagoda.gateway.engine.Engine;
import dev.pagoda.gateway.engine.Prompt;
import java.util.List;

/// Picks engines by one policy; equals take turns, so that the first engine is not preferred. Not thread-safe.
final class Router {
    private static final int BALANCE_ABSOLUTE = 32;
    private static final double BALANCE_RELATIVE = 1.0001;
    private static final double CACHE_SHARE = .5;
    private static final double PREFIX_WEIGHT = 3;
    private static final double QUEUE_WEIGHT = 2;
    private static final double KV_WEIGHT = 2;

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
            case CACHE_AWARE -> cacheAware(engines, prompt);
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
        int longest = 0;
        int shortest = Integer.MAX_VALUE;
        for (Engine<?> engine : engines) {
            longest = Math.max(longest, engine.waiting());
            shortest = Math.min(shortest, engine.waiting());
        }
        int best = -1;
        double most = -1;
        for (int i = 0; i < engines.size(); i++) {
            int at = (turn + i) % engines.size();
            Engine<?> engine = engines.get(at);
            double queue = longest == shortest ? 1 : (double) (longest - engine.waiting()) / (longest - shortest);
            double mark = PREFIX_WEIGHT * engine.cachedTokens(prompt) / prompt.tokens()
                    + QUEUE_WEIGHT * queue
                    + KV_WEIGHT * (1 - engine.kvUsage());
            if (mark > most) {
                most = mark;
                best = at;
            }
        }
        return best;
    }

    private int cacheAware(List<? extends Engine<?>> engines, Prompt prompt) {
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
        return best >= 0 && cached > CACHE_SHARE * prompt.tokens() ? best : leastRequests(engines);
    }

    private static int load(Engine<?> engine) {
        return engine.running() + engine.waiting();
    }
}
