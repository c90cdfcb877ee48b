package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Expression;
import dev.pagoda.vectors.api.Expression.DecayShape;
import dev.pagoda.vectors.api.Expression.Function;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.GeoPoint;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.Query.Goal.Formula;
import dev.pagoda.vectors.filter.Geo;
import dev.pagoda.vectors.filter.PayloadIndexes;
import dev.pagoda.vectors.filter.PointFilter;
import dev.pagoda.vectors.filter.Timestamps;
import dev.pagoda.vectors.filter.Values;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Works out a formula for points that prefetches found.
///
/// Semantics after Qdrant 1.19 (https://qdrant.tech/documentation/concepts/hybrid-queries/#score-boosting):
/// everything is computed in doubles; a missing value without default, and a result that is no finite number,
/// end the query.
final class FormulaScores {
    private static final double MICROS_PER_SECOND = 1e6;

    /// A part of the formula, ready to be worked out.
    private interface Term {
        double of(StoredPoint point);
    }

    private final Formula formula;
    private final PayloadIndexes indexes;
    private final List<Map<StoredPoint, Float>> scores = new ArrayList<>();
    private final Term whole;

    /// @param sources what the prefetches found, in their order
    FormulaScores(Formula formula, PayloadIndexes indexes, List<List<Ranked>> sources) {
        this.formula = formula;
        this.indexes = indexes;
        for (List<Ranked> source : sources) {
            Map<StoredPoint, Float> byPoint = HashMap.newHashMap(source.size());
            source.forEach(ranked -> byPoint.put(ranked.point(), ranked.score()));
            scores.add(byPoint);
        }
        this.whole = compile(formula.expression());
    }

    /// @throws dev.pagoda.governance.bus.Refused if a value is missing or the result is no finite number
    float of(StoredPoint point) {
        double value = whole.of(point);
        float score = (float) value;
        if (!Float.isFinite(score)) {
            throw notFinite("the formula for point " + point.id(), value);
        }
        return score + 0f;
    }

    private Term compile(Expression expression) {
        return switch (expression) {
            case Expression.Constant(double value) -> _ -> value;
            case Expression.Score(int prefetch) -> score(prefetch);
            case Expression.Variable(KeyPath key) -> point -> number(point, key);
            case Expression.Holds(Condition condition) -> {
                PointFilter test = indexes.filter(Filter.all(condition));
                yield point -> test.matches(point) ? 1 : 0;
            }
            case Expression.GeoDistance(GeoPoint origin, KeyPath to) ->
                point -> metres(origin, value(point, to, "geo point"), to);
            case Expression.Time(long micros) -> _ -> micros / MICROS_PER_SECOND;
            case Expression.TimeAt(KeyPath key) -> point -> seconds(value(point, key, "datetime"), key);
            case Expression.Product(List<Expression> factors) -> product(compile(factors));
            case Expression.Sum(List<Expression> terms) -> sum(compile(terms));
            case Expression.Unary(Function function, Expression operand) -> unary(function, compile(operand));
            case Expression.Power(Expression base, Expression exponent) -> power(compile(base), compile(exponent));
            case Expression.Quotient(Expression left, Expression right, Double byZero) ->
                quotient(compile(left), compile(right), byZero);
            case Expression.Decay decay -> decay(decay);
        };
    }

    private List<Term> compile(List<Expression> expressions) {
        return expressions.stream().map(this::compile).toList();
    }

    private Term score(int prefetch) {
        double absent = formula.scoreDefaults().getOrDefault(prefetch, 0.0);
        if (prefetch >= scores.size()) {
            return _ -> absent;
        }
        Map<StoredPoint, Float> found = scores.get(prefetch);
        return point -> {
            Float score = found.get(point);
            return score == null ? absent : score;
        };
    }

    private static Term product(List<Term> factors) {
        return point -> {
            double product = 1;
            for (Term factor : factors) {
                double value = factor.of(point);
                if (value == 0) {
                    return 0;
                }
                product *= value;
            }
            return product;
        };
    }

    private static Term sum(List<Term> terms) {
        return point -> {
            double sum = 0;
            for (Term term : terms) {
                sum += term.of(point);
            }
            return sum;
        };
    }

    private static Term unary(Function function, Term operand) {
        return switch (function) {
            case NEGATED -> point -> -operand.of(point);
            case ABSOLUTE -> point -> Math.abs(operand.of(point));
            case SQUARE_ROOT ->
                point -> {
                    double value = operand.of(point);
                    return finite(Math.sqrt(value), "the square root of", value);
                };
            case EXPONENTIAL ->
                point -> {
                    double value = operand.of(point);
                    return finite(Math.exp(value), "e to the power of", value);
                };
            case NATURAL_LOGARITHM ->
                point -> {
                    double value = operand.of(point);
                    return finite(Math.log(value), "the natural logarithm of", value);
                };
            case DECIMAL_LOGARITHM ->
                point -> {
                    double value = operand.of(point);
                    return finite(Math.log10(value), "the decimal logarithm of", value);
                };
        };
    }

    private static Term power(Term base, Term exponent) {
        return point -> {
            double b = base.of(point);
            double e = exponent.of(point);
            return finite(Math.pow(b, e), b + " to the power of", e);
        };
    }

    private static Term quotient(Term left, Term right, @Nullable Double byZero) {
        return point -> {
            double dividend = left.of(point);
            if (dividend == 0) {
                return 0;
            }
            double divisor = right.of(point);
            if (divisor == 0 && byZero != null) {
                return byZero;
            }
            return finite(dividend / divisor, dividend + " divided by", divisor);
        };
    }

    private Term decay(Expression.Decay decay) {
        Term x = compile(decay.x());
        Expression target = decay.target();
        Term centre = target == null ? _ -> 0 : compile(target);
        double scale = decay.scale();
        double fall = decay.shape() == DecayShape.LINEAR ? 1 - decay.midpoint() : Math.log(decay.midpoint());
        return switch (decay.shape()) {
            case LINEAR -> point -> Math.max(0, 1 - fall * Math.abs(x.of(point) - centre.of(point)) / scale);
            case EXPONENTIAL -> point -> Math.exp(fall * Math.abs(x.of(point) - centre.of(point)) / scale);
            case GAUSSIAN ->
                point -> {
                    double steps = (x.of(point) - centre.of(point)) / scale;
                    return Math.exp(fall * steps * steps);
                };
        };
    }

    private double number(StoredPoint point, KeyPath key) {
        if (value(point, key, "number") instanceof Number number) {
            return number.doubleValue();
        }
        throw wrongKind(key, "number", "the value is not a number");
    }

    private static double seconds(Object value, KeyPath key) {
        OptionalLong micros = value instanceof String text ? Timestamps.micros(text) : OptionalLong.empty();
        return micros.orElseThrow(() -> wrongKind(key, "datetime", "the value is no date and time"))
                / MICROS_PER_SECOND;
    }

    private static double metres(GeoPoint origin, Object value, KeyPath key) {
        return Geo.distance(
                origin,
                Geo.point(value)
                        .orElseThrow(() -> wrongKind(key, "geo point", "the value is no object of lat and lon")));
    }

    /// The one value at a path, or its default.
    private Object value(StoredPoint point, KeyPath key, String kind) {
        List<Object> values = new ArrayList<>();
        Values.atElements(point.payload(), key, value -> {
            if (value != null) {
                values.add(value);
            }
        });
        if (values.size() > 1) {
            throw wrongKind(key, kind, "there are several values");
        }
        Object found = values.isEmpty() ? formula.defaults().get(key) : values.getFirst();
        if (found == null) {
            throw wrongKind(key, kind, "no value found in a payload nor in the defaults");
        }
        return found;
    }

    private static double finite(double value, String what, double operand) {
        if (!Double.isFinite(value)) {
            throw notFinite(what + " " + operand, value);
        }
        return value;
    }

    private static RuntimeException notFinite(String what, double value) {
        return Refusals.invalidInput("The expression " + what + " = " + value + " produced a non-finite number");
    }

    private static RuntimeException wrongKind(KeyPath key, String kind, String why) {
        return Refusals.invalidInput("Expected " + kind + " value for " + key.text()
                + " in the payload and/or in the formula defaults. Error: " + why);
    }
}
