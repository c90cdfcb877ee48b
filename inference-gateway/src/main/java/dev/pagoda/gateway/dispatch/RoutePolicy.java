package dev.pagoda.gateway.dispatch;

import dev.pagoda.governance.bus.Refusal;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A tenant's rules of which models answer for which; as JSON at `/platform/routes/TENANT`.
///
/// @param routes at most [#MAX_ROUTES], each for another model
public record RoutePolicy(List<Route> routes) {
    private static final int MAX_ROUTES = 1_000;
    private static final int MAX_TARGETS = 32;
    private static final int MAX_MODEL_CHARS = 200;

    public RoutePolicy {
        routes = List.copyOf(Objects.requireNonNull(routes, "routes is missing"));
        if (routes.size() > MAX_ROUTES) {
            throw new IllegalArgumentException(routes.size() + " routes are above " + MAX_ROUTES);
        }
        Set<String> named = new HashSet<>();
        for (Route route : routes) {
            if (!named.add(route.model())) {
                throw new IllegalArgumentException("model " + route.model() + " has two routes");
            }
        }
    }

    /// The rule of a model that clients ask for, if it has one.
    Optional<Route> of(String model) {
        for (Route route : routes) {
            if (route.model().equals(model)) {
                return Optional.of(route);
            }
        }
        return Optional.empty();
    }

    /// What becomes of requests for one model.
    ///
    /// @param model     what clients ask for; an alias when no model has this name
    /// @param targets   who answers, drawn by weight; absent: the model itself
    /// @param fallbacks who answers when those cannot
    /// @param shadow    who gets a copy whose answer nobody sees
    /// @param hedge     whether a request that has waited longer than others is asked a second time
    public record Route(
            String model,
            @Nullable List<Weighted> targets,
            @Nullable Fallbacks fallbacks,
            @Nullable Shadow shadow,
            @Nullable Hedge hedge) {
        public Route {
            requireModel("model", model);
            targets = targets == null ? List.of() : List.copyOf(targets);
            if (targets.size() > MAX_TARGETS) {
                throw new IllegalArgumentException(targets.size() + " targets are above " + MAX_TARGETS);
            }
        }

        /// Who answers: the same for all requests of one key, by the weights for all keys together.
        ///
        /// @param key of a session, a user or a request
        String target(String key) {
            List<Weighted> choices = Objects.requireNonNull(targets);
            int total = choices.stream().mapToInt(Weighted::weight).sum();
            if (total == 0) {
                return model;
            }
            int drawn = Math.floorMod(mixed(key), total);
            for (Weighted choice : choices) {
                drawn -= choice.weight();
                if (drawn < 0) {
                    return choice.model();
                }
            }
            throw new IllegalStateException("weights of " + model + " do not add up");
        }

        /// Who answers in the place of one that refused; empty when nobody does.
        Optional<String> fallback(Refusal why) {
            return Optional.ofNullable(fallbacks).map(by -> by.of(why));
        }

        /// Whether the request with this key is copied.
        boolean isShadowed(String key) {
            return shadow != null && Math.floorMod(mixed(key + "/shadow"), 100) < shadow.percent();
        }
    }

    /// A model and its share of requests.
    ///
    /// @param weight 0 to 10,000; 0 for none
    public record Weighted(String model, int weight) {
        public Weighted {
            requireModel("targets.model", model);
            within("targets.weight", weight, 0, 10_000);
        }
    }

    /// Models by what the others failed at; null for none.
    ///
    /// @param contextWindow when a request is too long
    /// @param contentPolicy when a check withholds it
    /// @param rateLimit     when too many are there
    /// @param error         when nobody answers, or not in time
    public record Fallbacks(
            @Nullable String contextWindow,
            @Nullable String contentPolicy,
            @Nullable String rateLimit,
            @Nullable String error) {
        private static final Set<String> TOO_LONG = Set.of("context_length_exceeded", "kv_cache_exceeded");
        private static final Set<String> WITHHELD = Set.of("content_filter", "content_policy_violation");

        public Fallbacks {
            for (String model : new String[] {contextWindow, contentPolicy, rateLimit, error}) {
                if (model != null) {
                    requireModel("fallbacks", model);
                }
            }
        }

        @Nullable
        String of(Refusal why) {
            if (TOO_LONG.contains(why.code())) {
                return contextWindow;
            }
            if (WITHHELD.contains(why.code())) {
                return contentPolicy;
            }
            return switch (why.reason()) {
                case EXHAUSTED -> rateLimit;
                case UNAVAILABLE, DEADLINE, INTERNAL, NOT_FOUND, INSUFFICIENT_STORAGE -> error;
                case INVALID, UNAUTHENTICATED, FORBIDDEN, METHOD_NOT_ALLOWED, CONFLICT, TOO_LARGE, UNPROCESSABLE ->
                    null;
            };
        }
    }

    /// @param percent of requests that are copied, 1 to 100
    public record Shadow(String model, int percent) {
        public Shadow {
            requireModel("shadow.model", model);
            within("shadow.percent", percent, 1, 100);
        }
    }

    /// @param model asked the second time; absent: the same
    public record Hedge(@Nullable String model) {
        public Hedge {
            if (model != null) {
                requireModel("hedge.model", model);
            }
        }
    }

    private static void requireModel(String field, @Nullable String model) {
        if (model == null || model.isBlank() || model.length() > MAX_MODEL_CHARS) {
            throw new IllegalArgumentException(
                    field + " '" + model + "' is not a name of 1 to " + MAX_MODEL_CHARS + " characters");
        }
    }

    private static void within(String field, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(field + " " + value + " is not within " + least + " to " + most);
        }
    }

    /// A hash whose low bits are as good as its high ones (finaliser of MurmurHash3, A. Appleby).
    private static int mixed(String key) {
        int h = key.hashCode();
        h = (h ^ (h >>> 16)) * 0x85ebca6b;
        h = (h ^ (h >>> 13)) * 0xc2b2ae35;
        return h ^ (h >>> 16);
    }
}
