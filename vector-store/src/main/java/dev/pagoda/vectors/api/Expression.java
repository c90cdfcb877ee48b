package dev.pagoda.vectors.api;

import dev.pagoda.vectors.api.KeyPath.Step;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A number worked out for each point from its scores and its payload.
public sealed interface Expression {

    /// A number.
    record Constant(double value) implements Expression {
        public Constant {
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException("constant " + value + " is not finite");
            }
        }
    }

    /// The score that a prefetch gave the point, 0 if it did not find it and there is no default.
    ///
    /// @param prefetch which one, from 0
    record Score(int prefetch) implements Expression {
        public Score {
            if (prefetch < 0) {
                throw new IllegalArgumentException("prefetch " + prefetch + " is below 0");
            }
        }
    }

    /// A number in the payload.
    record Variable(KeyPath key) implements Expression {}

    /// 1 if the condition holds, 0 if not.
    record Holds(Condition condition) implements Expression {}

    /// Metres between a place and the one in the payload, by haversine.
    record GeoDistance(GeoPoint origin, KeyPath to) implements Expression {}

    /// A date and time as seconds since 1970.
    record Time(long micros) implements Expression {}

    /// A date and time in the payload as seconds since 1970.
    record TimeAt(KeyPath key) implements Expression {}

    /// The product of all, 0 as soon as one is 0.
    record Product(List<Expression> factors) implements Expression {
        public Product {
            factors = List.copyOf(factors);
        }
    }

    /// The sum of all.
    record Sum(List<Expression> terms) implements Expression {
        public Sum {
            terms = List.copyOf(terms);
        }
    }

    /// What one number makes of another.
    record Unary(Function function, Expression operand) implements Expression {}

    /// Functions of one number.
    enum Function {
        NEGATED,
        ABSOLUTE,
        SQUARE_ROOT,
        EXPONENTIAL,
        NATURAL_LOGARITHM,
        DECIMAL_LOGARITHM
    }

    /// `base` to the power of `exponent`.
    record Power(Expression base, Expression exponent) implements Expression {}

    /// `left / right`, 0 if `left` is 0.
    ///
    /// @param byZeroDefault the value where `right` is 0, null = none
    record Quotient(
            Expression left, Expression right, @Nullable Double byZeroDefault) implements Expression {}

    /// How near `x` is to `target`, from 1 down to 0; `midpoint` at a distance of `scale`.
    ///
    /// @param target   0 if null
    /// @param scale    above 0
    /// @param midpoint from 0 to 1, both excluded unless the decay is linear
    record Decay(DecayShape shape, Expression x, @Nullable Expression target, double scale, double midpoint)
            implements Expression {
        public static final double DEFAULT_SCALE = 1;
        public static final double DEFAULT_MIDPOINT = 0.5;

        public Decay {
            boolean inside = shape == DecayShape.LINEAR ? midpoint >= 0 && midpoint <= 1 : midpoint > 0 && midpoint < 1;
            if (!inside) {
                throw new IllegalArgumentException("decay midpoint " + midpoint + " is not "
                        + (shape == DecayShape.LINEAR ? "from 0 to 1" : "between 0 and 1"));
            }
            if (!(scale > 0) || Double.isInfinite(scale)) {
                throw new IllegalArgumentException("decay scale " + scale + " is not above 0");
            }
        }
    }

    /// Curves of a decay.
    enum DecayShape {
        LINEAR,
        EXPONENTIAL,
        GAUSSIAN
    }

    /// Reads `$score`, `$score[i]` or the path of a number in the payload.
    ///
    /// @throws IllegalArgumentException for any other name that begins with `$`, and for what is no path
    static Expression variable(String text) {
        if (!text.startsWith("$")) {
            return new Variable(KeyPath.parse(text));
        }
        List<Step> steps = KeyPath.parse(text.substring(1)).steps();
        if (steps.getFirst().equals(new Step.Key("score"))) {
            if (steps.size() == 1) {
                return new Score(0);
            }
            if (steps.size() == 2 && steps.getLast() instanceof Step.At(int index)) {
                return new Score(index);
            }
        }
        throw new IllegalArgumentException("variable \"" + text + "\" is neither $score, $score[i] nor a path");
    }
}
