package dev.pagoda.gateway.limit;

import dev.pagoda.gateway.limit.Decision.Denied;
import dev.pagoda.gateway.limit.Decision.Granted;
import dev.pagoda.gateway.limit.Standing.Level;
import dev.pagoda.governance.api.Principal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/*
 * Exactness. A request counts under every rule whose scope covers it, and either all of them take it or none: the
 * decision and the taking are one step under one lock, so that parallel requests can neither overshoot together nor
 * refuse each other by what they only tried. One lock for all tenants costs less than several would: a decision takes
 * a fraction of a microsecond, and most requests come on one event loop anyway.
 *
 * Reserve, then settle. A request takes what it may use before it runs: its prompt and all tokens that its completions
 * may have. At its end it gives back what it did not use, into the slot of the minute it was taken from. So what was
 * used in a minute is never above a limit, at the price that room which a running request will not use is not given to
 * others before it ends. A completion without a bound takes a first part and more by `extend` as it grows.
 *
 * Finding the rules. The meters of a principal and a model are looked up in `found`, which is emptied when rules change
 * and when it has grown too large. Models that no rule names share the entry of the empty name, because clients choose
 * model names freely.
 */

/// What scopes may take, and have taken, in memory: decides on each request in a fraction of a microsecond.
///
/// Time is a parameter. Safe from any thread.
public final class LimitBook {
    private static final int MAX_FOUND = 20_000;

    private final LimitDefaults defaults;

    private static final Pattern VERSION = Pattern.compile(":[1-9][0-9]{0,8}$");

    /// Guarded by `this`, as all below.
    private final Map<LimitScope, LimitMeter> meters = new HashMap<>();

    private final Map<Principal, Map<String, LimitMeter[]>> found = new HashMap<>();
    private int foundEntries;
    private @Nullable Principal lastPrincipal;
    private String lastModel = "";
    private LimitMeter[] last = {};
    private Set<String> models = Set.of();

    /// Meters of tenants without a rule of their own.
    private final Map<String, LimitMeter> defaulted = new HashMap<>();

    public LimitBook(LimitDefaults defaults) {
        this.defaults = defaults;
    }

    /// Puts these rules in the place of all others. What scopes have taken stays counted.
    public synchronized void replace(Collection<LimitRule> rules) {
        Set<LimitScope> kept = new HashSet<>();
        Set<String> named = new HashSet<>();
        for (LimitRule rule : rules) {
            LimitScope scope = rule.scope();
            kept.add(scope);
            if (!scope.model().isEmpty()) {
                named.add(scope.model().toLowerCase(Locale.ROOT));
            }
            LimitMeter meter = meters.get(scope);
            if (meter == null) {
                LimitMeter before = scope.isWholeTenant() ? defaulted.remove(scope.tenant()) : null;
                meter = before == null ? new LimitMeter(rule) : before;
                meters.put(scope, meter);
            }
            meter.rule(rule);
        }
        meters.keySet().retainAll(kept);
        models = Set.copyOf(named);
        found.clear();
        foundEntries = 0;
        lastPrincipal = null;
    }

    /// Takes a request and its tokens under every rule that covers it, or nothing.
    public synchronized Decision reserve(Principal principal, String model, TokenAsk ask, long nowNanos) {
        LimitMeter[] covering = covering(principal, model);
        Denied worst = null;
        long completion = ask.completion();
        for (LimitMeter meter : covering) {
            if (!meter.admitsRequest(nowNanos)) {
                worst = later(worst, meter.denyRequest(nowNanos));
            }
            if (!meter.admitsConcurrent()) {
                worst = later(worst, meter.denyConcurrent());
            }
            long room = meter.tokenRoom(nowNanos);
            if (room < ask.prompt() + ask.leastCompletion()) {
                worst = later(worst, meter.denyTokens(ask.prompt() + ask.leastCompletion(), nowNanos));
            }
            completion = Math.min(completion, room - ask.prompt());
        }
        if (worst != null) {
            return new Denied(
                    worst.scope(),
                    worst.kind(),
                    worst.limit(),
                    worst.used(),
                    worst.requested(),
                    worst.waitNanos(),
                    standing(covering, nowNanos));
        }
        var grant = new Grant(covering, completion);
        for (LimitMeter meter : covering) {
            meter.begin(nowNanos);
        }
        take(grant, ask.prompt() + completion, nowNanos);
        return new Granted(grant, standing(covering, nowNanos));
    }

    /// Tokens that such a request may still take; [Long#MAX_VALUE] where no rule bounds them.
    public synchronized long tokenRoom(Principal principal, String model, long nowNanos) {
        long room = Long.MAX_VALUE;
        for (LimitMeter meter : covering(principal, model)) {
            room = Math.min(room, meter.tokenRoom(nowNanos));
        }
        return room;
    }

    /// Reserves more for a completion that grows.
    ///
    /// @return tokens that were reserved: `amount`, or what room there is
    public synchronized long extend(Grant grant, long amount, long nowNanos) {
        long room = amount;
        for (LimitMeter meter : grant.meters) {
            room = Math.min(room, meter.tokenRoom(nowNanos));
        }
        if (room <= 0 || !grant.isOpen) {
            return 0;
        }
        take(grant, room, nowNanos);
        return room;
    }

    /// Gives back what turned out not to be needed; the request goes on.
    public synchronized void giveBack(Grant grant, long amount, long nowNanos) {
        if (grant.isOpen) {
            grant.giveBack(amount, nowNanos);
        }
    }

    /// The request has ended. Gives back what it did not use; what it used above its reservation counts all the same.
    /// Does nothing the second time.
    public synchronized void settle(Grant grant, long usedTokens, long nowNanos) {
        if (!grant.isOpen) {
            return;
        }
        long reserved = grant.total();
        if (usedTokens < reserved) {
            grant.giveBack(reserved - usedTokens, nowNanos);
        } else {
            take(grant, usedTokens - reserved, nowNanos);
        }
        grant.isOpen = false;
        for (LimitMeter meter : grant.meters) {
            meter.end();
        }
    }

    /// The rules that may be seen, and what their scopes have taken.
    public synchronized List<LimitUse> use(Predicate<LimitScope> visible, long nowNanos) {
        List<LimitUse> uses = new ArrayList<>();
        meters.forEach((scope, meter) -> {
            if (visible.test(scope)) {
                uses.add(new LimitUse(meter.rule(), meter.requests(nowNanos), meter.tokens(nowNanos), meter.open()));
            }
        });
        return uses;
    }

    /// Share of a busy model that a tenant gets beside the others.
    public synchronized int weight(String tenant) {
        LimitMeter meter = meters.get(LimitScope.ofTenant(tenant));
        Integer weight = meter == null ? null : meter.rule().weight();
        return weight == null ? 1 : weight;
    }

    private static Denied later(@Nullable Denied one, Denied other) {
        return one == null || other.waitNanos() > one.waitNanos() ? other : one;
    }

    private static void take(Grant grant, long amount, long nowNanos) {
        if (amount == 0 && grant.total() > 0) {
            return;
        }
        grant.add(amount, SlidingWindow.slot(nowNanos));
        for (LimitMeter meter : grant.meters) {
            meter.take(amount, nowNanos);
        }
    }

    private static Standing standing(LimitMeter[] covering, long nowNanos) {
        Level requests = Level.ABSENT;
        Level tokens = Level.ABSENT;
        for (LimitMeter meter : covering) {
            requests = tighter(requests, meter.requestLevel(nowNanos));
            tokens = tighter(tokens, meter.tokenLevel(nowNanos));
        }
        return new Standing(requests, tokens);
    }

    private static Level tighter(Level one, Level other) {
        return !one.isPresent() || (other.isPresent() && other.remaining() < one.remaining()) ? other : one;
    }

    @SuppressWarnings("ReferenceEquality") // only a short cut: an equal one is found by its value
    private LimitMeter[] covering(Principal principal, String model) {
        String named = models.isEmpty() ? "" : named(model);
        // neighbours are often of one key, whose principal is one object
        if (principal == lastPrincipal && named.equals(lastModel)) {
            return last;
        }
        LimitMeter[] meters = lookUp(principal, named);
        lastPrincipal = principal;
        lastModel = named;
        last = meters;
        return meters;
    }

    /// Which of the models that rules name a request means, in lower case; empty for none. The registry takes names in
    /// any case, and with a version or an alias behind them.
    private String named(String requested) {
        if (models.contains(requested)) {
            return requested;
        }
        String lower = requested.toLowerCase(Locale.ROOT);
        String name = models.contains(lower) ? lower : withoutVersion(lower);
        return models.contains(name) ? name : "";
    }

    /// Whether the registry has to be asked if a model is one that rules name: an id on the Hugging Face Hub, which has
    /// a slash, stands for a name.
    public synchronized boolean mayMeanNamed(String requested) {
        return !models.isEmpty()
                && requested.indexOf('/') >= 0
                && named(requested).isEmpty();
    }

    private static String withoutVersion(String name) {
        int at = name.lastIndexOf('@');
        return at > 0 ? name.substring(0, at) : VERSION.matcher(name).replaceFirst("");
    }

    private LimitMeter[] lookUp(Principal principal, String named) {
        Map<String, LimitMeter[]> ofPrincipal = found.get(principal);
        LimitMeter[] known = ofPrincipal == null ? null : ofPrincipal.get(named);
        if (known != null) {
            return known;
        }
        if (foundEntries >= MAX_FOUND) {
            found.clear();
            foundEntries = 0;
        }
        LimitMeter[] fresh = find(principal, named);
        found.computeIfAbsent(principal, key -> new HashMap<>()).put(named, fresh);
        foundEntries++;
        return fresh;
    }

    private LimitMeter[] find(Principal principal, String model) {
        List<LimitMeter> covering = new ArrayList<>();
        meters.forEach((scope, meter) -> {
            if (scope.covers(principal, model)) {
                covering.add(meter);
            }
        });
        if (!principal.isPlatform() && !meters.containsKey(LimitScope.ofTenant(principal.tenant()))) {
            defaults.rule(principal.tenant())
                    .ifPresent(rule -> covering.add(
                            defaulted.computeIfAbsent(principal.tenant(), tenant -> new LimitMeter(rule))));
        }
        return covering.toArray(LimitMeter[]::new);
    }
}
