package dev.pagoda.gateway.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleBiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What users of a service may expect: bounds of times, each of every request or of a percentile of all requests.
///
/// @param terms at most one for each measure and percentile, at least one
public record Objective(List<Term> terms) {
    public static final String FORM = "ttft=500ms,tpot=50ms or ttft_p99=2s,tpot_p99=80ms,e2el_p90=30s";

    private static final Pattern TERM =
            Pattern.compile("(ttft|tpot|itl|e2el)(?:_p(\\d{1,2}(?:\\.\\d{1,4})?))?=(\\d{1,9}(?:\\.\\d{1,9})?)(ms|s|)");

    /// A time that users feel.
    public enum Measure {
        /// To the first token.
        TTFT,
        /// Of each token after the first, the mean over a request.
        TPOT,
        /// Between two tokens.
        ITL,
        /// To the last token.
        E2EL
    }

    /// One bound.
    ///
    /// @param percent of all requests that may not take longer; NaN for a bound that counts request by request
    public record Term(Measure measure, double percent, double millis) {
        public Term {
            if (!(millis > 0) || percent <= 0 || percent >= 100) {
                throw new IllegalArgumentException(
                        "a bound of " + millis + " ms of percentile " + percent + " is impossible");
            }
        }

        public boolean isOfEach() {
            return Double.isNaN(percent);
        }

        /// As users write it.
        public String label() {
            String name = measure.name().toLowerCase(Locale.ROOT);
            return name + (isOfEach() ? "" : "_p" + plain(percent)) + "=" + plain(millis) + "ms";
        }

        private static String plain(double value) {
            return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
        }
    }

    public Objective {
        terms = List.copyOf(terms);
        if (terms.isEmpty()) {
            throw new IllegalArgumentException("an objective has no bound, expected one like " + FORM);
        }
        long different = terms.stream()
                .map(each -> each.measure + " " + each.percent)
                .distinct()
                .count();
        if (different != terms.size()) {
            throw new IllegalArgumentException("an objective bounds the same twice: "
                    + terms.stream().map(Term::label).collect(Collectors.joining(",")));
        }
    }

    /// An objective as users write it; times without a unit are milliseconds.
    ///
    /// @throws IllegalArgumentException if it is none
    public static Objective parse(String text) {
        var terms = new ArrayList<Term>();
        for (String part : text.split(",", -1)) {
            Matcher term = TERM.matcher(part.strip().toLowerCase(Locale.ROOT));
            if (!term.matches()) {
                throw new IllegalArgumentException("--slo " + text + " is not like " + FORM);
            }
            double percent = term.group(2) == null ? Double.NaN : Double.parseDouble(term.group(2));
            double millis = Double.parseDouble(term.group(3)) * (term.group(4).equals("s") ? 1e3 : 1);
            if (!(millis > 0) || percent <= 0) {
                throw new IllegalArgumentException("--slo " + text + " bounds by 0, expected more");
            }
            terms.add(new Term(Measure.valueOf(term.group(1).toUpperCase(Locale.ROOT)), percent, millis));
        }
        return new Objective(terms);
    }

    /// What no good request exceeds; [Double#MAX_VALUE] where nothing bounds a measure. A percentile's bound counts
    /// too.
    public double limitMillis(Measure measure) {
        return terms.stream()
                .filter(each -> each.measure == measure)
                .mapToDouble(Term::millis)
                .min()
                .orElse(Double.MAX_VALUE);
    }

    public boolean hasPercentiles() {
        return terms.stream().anyMatch(each -> !each.isOfEach());
    }

    public boolean boundsEach() {
        return terms.stream().anyMatch(Term::isOfEach);
    }

    /// By which factor percentiles miss or keep their bounds: the greatest quotient of what is and what may be; at most
    /// 1 when all are kept, 0 when there is none.
    ///
    /// @param at the time at a percentile, in milliseconds
    public double strain(ToDoubleBiFunction<Measure, Double> at) {
        return terms.stream()
                .filter(each -> !each.isOfEach())
                .mapToDouble(each -> at.applyAsDouble(each.measure, each.percent) / each.millis)
                .max()
                .orElse(0);
    }

    /// As users write it.
    public String label() {
        return terms.stream().map(Term::label).collect(Collectors.joining(","));
    }
}
