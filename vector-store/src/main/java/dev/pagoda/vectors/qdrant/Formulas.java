package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.api.Expression;
import dev.pagoda.vectors.api.Expression.DecayShape;
import dev.pagoda.vectors.api.Expression.Function;
import dev.pagoda.vectors.api.GeoPoint;
import dev.pagoda.vectors.api.Query.Goal;
import dev.pagoda.vectors.collection.Refusals;
import dev.pagoda.vectors.filter.Timestamps;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads formulas out of JSON that was read whole.
final class Formulas {
    private static final Map<String, Function> FUNCTIONS = Map.of(
            "neg", Function.NEGATED,
            "abs", Function.ABSOLUTE,
            "sqrt", Function.SQUARE_ROOT,
            "exp", Function.EXPONENTIAL,
            "ln", Function.NATURAL_LOGARITHM,
            "log10", Function.DECIMAL_LOGARITHM);

    private static final Map<String, DecayShape> DECAYS = Map.of(
            "lin_decay", DecayShape.LINEAR,
            "exp_decay", DecayShape.EXPONENTIAL,
            "gauss_decay", DecayShape.GAUSSIAN);

    private Formulas() {}

    static Goal goal(@Nullable Object formula, Map<String, @Nullable Object> defaults) {
        Map<String, Object> given = new HashMap<>();
        defaults.forEach((name, value) -> {
            if (value != null) {
                given.put(name, value);
            }
        });
        try {
            return Goal.Formula.of(expression(formula), given);
        } catch (IllegalArgumentException refused) {
            throw Refusals.invalidInput(String.valueOf(refused.getMessage()));
        }
    }

    private static Expression expression(@Nullable Object value) {
        return switch (value) {
            case Number number -> new Expression.Constant(number.doubleValue());
            case String name -> Expression.variable(name);
            case Map<?, ?> map
            when map.size() == 1 -> {
                Map.Entry<?, ?> only = map.entrySet().iterator().next();
                yield operation(String.valueOf(only.getKey()), only.getValue(), map);
            }
            case Map<?, ?> map -> new Expression.Holds(Conditions.condition(map));
            case null, default -> throw Faults.format("data did not match any variant of untagged enum Expression");
        };
    }

    private static Expression operation(String name, @Nullable Object operand, Map<?, ?> whole) {
        Function function = FUNCTIONS.get(name);
        if (function != null) {
            return new Expression.Unary(function, expression(operand));
        }
        DecayShape shape = DECAYS.get(name);
        if (shape != null) {
            return decay(shape, Fields.of(operand, name));
        }
        return switch (name) {
            case "mult" -> new Expression.Product(expressions(operand, name));
            case "sum" -> new Expression.Sum(expressions(operand, name));
            case "pow" -> {
                Fields pow = Fields.of(operand, name);
                yield new Expression.Power(required(pow, "base"), required(pow, "exponent"));
            }
            case "div" -> {
                Fields div = Fields.of(operand, name);
                yield new Expression.Quotient(
                        required(div, "left"), required(div, "right"), optionalNumber(div, "by_zero_default"));
            }
            case "geo_distance" -> {
                Fields distance = Fields.of(operand, name);
                Fields origin = Fields.of(distance.get("origin"), "geo_distance.origin");
                yield new Expression.GeoDistance(
                        new GeoPoint(number(origin, "lon"), number(origin, "lat")),
                        Conditions.path(distance.text("to")));
            }
            case "datetime" -> {
                String text = text(operand, name);
                yield new Expression.Time(Timestamps.micros(text)
                        .orElseThrow(() -> Refusals.invalidInput("failed to parse date-time " + text)));
            }
            case "datetime_key" -> new Expression.TimeAt(Conditions.path(text(operand, name)));
            default -> new Expression.Holds(Conditions.condition(whole));
        };
    }

    private static Expression decay(DecayShape shape, Fields given) {
        Double scale = optionalNumber(given, "scale");
        Double midpoint = optionalNumber(given, "midpoint");
        return new Expression.Decay(
                shape,
                required(given, "x"),
                given.has("target") ? expression(given.get("target")) : null,
                scale == null ? Expression.Decay.DEFAULT_SCALE : scale,
                midpoint == null ? Expression.Decay.DEFAULT_MIDPOINT : midpoint);
    }

    private static List<Expression> expressions(@Nullable Object value, String name) {
        if (!(value instanceof List<?> list)) {
            throw Faults.format("expected an array of expressions for " + name);
        }
        return list.stream().<Expression>map(Formulas::expression).toList();
    }

    private static Expression required(Fields given, String key) {
        if (!given.has(key)) {
            throw Faults.format("missing field `" + given.path() + "." + key + "`");
        }
        return expression(given.get(key));
    }

    private static @Nullable Double optionalNumber(Fields given, String key) {
        return given.has(key) ? number(given, key) : null;
    }

    private static Double number(Fields given, String key) {
        if (given.get(key) instanceof Number number) {
            return number.doubleValue();
        }
        throw Faults.format("expected a number for " + given.path() + "." + key + ", got " + given.get(key));
    }

    private static String text(@Nullable Object value, String name) {
        if (value instanceof String text) {
            return text;
        }
        throw Faults.format("expected a string for " + name + ", got " + value);
    }
}
