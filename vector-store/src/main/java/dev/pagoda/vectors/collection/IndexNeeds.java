package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Condition.Match;
import dev.pagoda.vectors.api.Expression;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.KeyPath;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Which payload indexes the conditions of a filter call for, and which of them a collection lacks.
final class IndexNeeds {
    /// What an index of some kind can answer.
    private enum Ability {
        INTEGER_MATCH("integer"),
        INTEGER_RANGE("integer"),
        KEYWORD_MATCH("keyword"),
        KEYWORD_PREFIX("keyword"),
        FLOAT_RANGE("float"),
        TEXT("text"),
        TEXT_PHRASE("text"),
        BOOL_MATCH("bool"),
        UUID_MATCH("uuid"),
        DATETIME_RANGE("datetime"),
        GEO("geo");

        private final String kind;

        Ability(String kind) {
            this.kind = kind;
        }
    }

    /// A key that lacks an index.
    ///
    /// @param kinds any of these would do, in the order of the alphabet
    record Lack(String key, List<String> kinds) {}

    private final Map<KeyPath, Set<Ability>> indexes = new HashMap<>();
    private final Map<String, Lack> lacks = new LinkedHashMap<>();

    private IndexNeeds(Map<String, ? extends @Nullable Object> schema) {
        schema.forEach((key, index) -> indexes.put(KeyPath.parse(key), abilities(index)));
    }

    /// The keys of a filter that have no index of the right kind, in the order of the conditions.
    ///
    /// @param schema of the collection, kinds or maps of kind and options by key
    static List<Lack> lacking(Filter filter, Map<String, ? extends @Nullable Object> schema) {
        if (filter.isEverything()) {
            return List.of();
        }
        IndexNeeds needs = new IndexNeeds(schema);
        needs.visit(filter, List.of());
        return List.copyOf(needs.lacks.values());
    }

    /// The keys of a formula that have no index of the right kind.
    static List<Lack> lacking(Expression formula, Map<String, ? extends @Nullable Object> schema) {
        IndexNeeds needs = new IndexNeeds(schema);
        needs.visit(formula);
        return List.copyOf(needs.lacks.values());
    }

    /// Whether a condition of the filter asks for a key with an index for tenants.
    static boolean asksForTenant(Filter filter, Map<String, ? extends @Nullable Object> schema) {
        return filter.conditions()
                .anyMatch(condition -> condition instanceof Condition.Matches(KeyPath key, Match _)
                        && schema.get(key.text()) instanceof Map<?, ?> options
                        && Boolean.TRUE.equals(options.get("is_tenant")));
    }

    /// Whether an index can say which values a key has, as groups need it; empty without an index.
    static Optional<Boolean> matches(String key, Map<String, ? extends @Nullable Object> schema) {
        Object index = schema.get(key);
        if (index == null) {
            return Optional.empty();
        }
        Set<Ability> abilities = abilities(index);
        return Optional.of(abilities.stream()
                .anyMatch(
                        Set.of(Ability.KEYWORD_MATCH, Ability.INTEGER_MATCH, Ability.UUID_MATCH, Ability.BOOL_MATCH)
                                ::contains));
    }

    static String kind(@Nullable Object index) {
        return String.valueOf(index instanceof Map<?, ?> options ? options.get("type") : index);
    }

    private static Set<Ability> abilities(@Nullable Object index) {
        Map<?, ?> options = index instanceof Map<?, ?> map ? map : Map.of();
        Set<Ability> abilities = EnumSet.noneOf(Ability.class);
        switch (kind(index).toLowerCase(Locale.ROOT)) {
            case "integer" -> {
                if (!Boolean.FALSE.equals(options.get("lookup"))) {
                    abilities.add(Ability.INTEGER_MATCH);
                }
                if (!Boolean.FALSE.equals(options.get("range"))) {
                    abilities.add(Ability.INTEGER_RANGE);
                }
            }
            case "keyword" -> {
                abilities.add(Ability.KEYWORD_MATCH);
                if (Boolean.TRUE.equals(options.get("prefix"))) {
                    abilities.add(Ability.KEYWORD_PREFIX);
                }
            }
            case "float" -> abilities.add(Ability.FLOAT_RANGE);
            case "text" -> {
                abilities.add(Ability.TEXT);
                if (Boolean.TRUE.equals(options.get("phrase_matching"))) {
                    abilities.add(Ability.TEXT_PHRASE);
                }
            }
            case "bool" -> abilities.add(Ability.BOOL_MATCH);
            case "uuid" -> abilities.add(Ability.UUID_MATCH);
            case "datetime" -> abilities.add(Ability.DATETIME_RANGE);
            case "geo" -> abilities.add(Ability.GEO);
            default -> {}
        }
        return abilities;
    }

    private void visit(Filter filter, List<KeyPath.Step> above) {
        filter.conditions().forEach(condition -> visit(condition, above));
    }

    private void visit(Condition condition, List<KeyPath.Step> above) {
        switch (condition) {
            case Condition.Matches(KeyPath key, Match match) -> need(above, key, needs(match));
            case Condition.NumberWithin within ->
                need(above, within.key(), EnumSet.of(Ability.FLOAT_RANGE, Ability.INTEGER_RANGE));
            case Condition.TimeWithin within -> need(above, within.key(), EnumSet.of(Ability.DATETIME_RANGE));
            case Condition.ValuesCount count -> need(above, count.key(), EnumSet.allOf(Ability.class));
            case Condition.IsEmpty(KeyPath key) -> need(above, key, EnumSet.allOf(Ability.class));
            case Condition.IsNull(KeyPath key) -> need(above, key, EnumSet.allOf(Ability.class));
            case Condition.Nested(KeyPath key, Filter inner) -> {
                List<KeyPath.Step> below = new ArrayList<>(above);
                below.addAll(key.steps());
                if (!(below.getLast() instanceof KeyPath.Step.Each)) {
                    below.add(new KeyPath.Step.Each());
                }
                visit(inner, below);
            }
            case Condition.Sub(Filter inner) -> visit(inner, above);
            case Condition.WithinArea within -> need(above, within.key(), EnumSet.of(Ability.GEO));
            case Condition.HasId _, Condition.HasVector _, Condition.Slice _ -> {}
        }
    }

    private void visit(Expression formula) {
        switch (formula) {
            case Expression.Constant _, Expression.Score _, Expression.Time _ -> {}
            case Expression.Variable(KeyPath key) ->
                need(List.of(), key, EnumSet.of(Ability.INTEGER_MATCH, Ability.INTEGER_RANGE, Ability.FLOAT_RANGE));
            case Expression.Holds(Condition condition) -> visit(condition, List.of());
            case Expression.GeoDistance(var _, KeyPath to) -> need(List.of(), to, EnumSet.of(Ability.GEO));
            case Expression.TimeAt(KeyPath key) -> need(List.of(), key, EnumSet.of(Ability.DATETIME_RANGE));
            case Expression.Product(List<Expression> factors) -> factors.forEach(this::visit);
            case Expression.Sum(List<Expression> terms) -> terms.forEach(this::visit);
            case Expression.Unary(var _, Expression operand) -> visit(operand);
            case Expression.Power(Expression base, Expression exponent) -> {
                visit(base);
                visit(exponent);
            }
            case Expression.Quotient(Expression left, Expression right, var _) -> {
                visit(left);
                visit(right);
            }
            case Expression.Decay decay -> {
                visit(decay.x());
                Expression target = decay.target();
                if (target != null) {
                    visit(target);
                }
            }
        }
    }

    private static Set<Ability> needs(Match match) {
        return switch (match) {
            case Match.Value(Object value) -> needs(Set.of(value));
            case Match.AnyOf(Set<Object> values) -> needs(values);
            case Match.NoneOf(Set<Object> values) -> needs(values);
            case Match.Text _, Match.TextAny _ -> EnumSet.of(Ability.TEXT);
            case Match.Phrase _ -> EnumSet.of(Ability.TEXT_PHRASE);
            case Match.Prefix _ -> EnumSet.of(Ability.KEYWORD_PREFIX);
        };
    }

    /// An index for all of the values, nothing if there are none.
    private static Set<Ability> needs(Set<Object> values) {
        if (values.isEmpty()) {
            return Set.of();
        }
        if (values.stream().allMatch(Long.class::isInstance)) {
            return EnumSet.of(Ability.INTEGER_MATCH);
        }
        if (values.stream().allMatch(Boolean.class::isInstance)) {
            return EnumSet.of(Ability.BOOL_MATCH);
        }
        return values.stream().allMatch(IndexNeeds::isUuid)
                ? EnumSet.of(Ability.KEYWORD_MATCH, Ability.UUID_MATCH)
                : EnumSet.of(Ability.KEYWORD_MATCH);
    }

    private static boolean isUuid(Object value) {
        try {
            return value instanceof String text && text.length() == 36 && UUID.fromString(text) != null;
        } catch (IllegalArgumentException noUuid) {
            return false;
        }
    }

    private void need(List<KeyPath.Step> above, KeyPath key, Set<Ability> anyOf) {
        if (anyOf.isEmpty()) {
            return;
        }
        List<KeyPath.Step> steps = new ArrayList<>(above);
        steps.addAll(key.steps());
        KeyPath whole = new KeyPath(steps);
        if (indexes.getOrDefault(whole, Set.of()).stream().noneMatch(anyOf::contains)) {
            String text = whole.text();
            lacks.putIfAbsent(
                    text,
                    new Lack(
                            text,
                            anyOf.stream()
                                    .map(ability -> ability.kind)
                                    .sorted()
                                    .distinct()
                                    .toList()));
        }
    }
}
