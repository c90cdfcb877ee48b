package dev.pagoda.compute.kubernetes;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An amount in the notation of Kubernetes: a decimal number and a suffix, either binary (`Ki Mi Gi Ti Pi Ei`),
/// decimal (`n u m k M G T P E`) or an exponent (`1e3`, `1E3`).
///
/// @param value exact; below 2^63, which is where Kubernetes itself ends
/// @param text  as it was written
///
/// Grammar: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
public record Quantity(BigDecimal value, String text) {
    /// Longer than any that a person or a program writes.
    static final int MAX_CHARS = 40;

    private static final String EXPECTED = ", expected a Kubernetes quantity such as 2, 500m, 16Gi or 1e3";
    private static final BigDecimal LIMIT = new BigDecimal(BigInteger.TWO.pow(63));
    private static final Pattern FORM =
            Pattern.compile("([+-]?)(\\d+\\.?\\d*|\\.\\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\\d{1,2}|[numkMGTPE]?)");
    private static final Map<String, BigDecimal> FACTORS = Map.ofEntries(
            Map.entry("", BigDecimal.ONE),
            Map.entry("n", new BigDecimal("1e-9")),
            Map.entry("u", new BigDecimal("1e-6")),
            Map.entry("m", new BigDecimal("1e-3")),
            Map.entry("k", new BigDecimal("1e3")),
            Map.entry("M", new BigDecimal("1e6")),
            Map.entry("G", new BigDecimal("1e9")),
            Map.entry("T", new BigDecimal("1e12")),
            Map.entry("P", new BigDecimal("1e15")),
            Map.entry("E", new BigDecimal("1e18")),
            Map.entry("Ki", binary(10)),
            Map.entry("Mi", binary(20)),
            Map.entry("Gi", binary(30)),
            Map.entry("Ti", binary(40)),
            Map.entry("Pi", binary(50)),
            Map.entry("Ei", binary(60)));

    public Quantity {
        Objects.requireNonNull(text, "text");
        if (value.signum() < 0 || value.compareTo(LIMIT) >= 0) {
            throw new IllegalArgumentException("quantity " + text + " is outside 0 to 2^63");
        }
    }

    /// Reads an amount of a resource.
    ///
    /// @param resource its name, for messages
    /// @throws IllegalArgumentException if it is not a quantity, negative, or 2^63 and more
    public static Quantity parse(String resource, String text) {
        String trimmed = text.strip();
        Matcher form = FORM.matcher(trimmed);
        if (trimmed.length() > MAX_CHARS || !form.matches()) {
            String shown = trimmed.length() > MAX_CHARS ? trimmed.substring(0, MAX_CHARS) + "..." : trimmed;
            throw new IllegalArgumentException(resource + " is \"" + shown + "\"" + EXPECTED);
        }
        BigDecimal value = new BigDecimal(form.group(2)).multiply(factor(form.group(3)));
        if (form.group(1).equals("-") && value.signum() != 0) {
            throw new IllegalArgumentException(resource + " is " + trimmed + ", below 0");
        }
        if (value.compareTo(LIMIT) >= 0) {
            throw new IllegalArgumentException(resource + " is " + trimmed + ", not below 2^63");
        }
        return new Quantity(value, trimmed);
    }

    private static BigDecimal factor(String suffix) {
        BigDecimal factor = FACTORS.get(suffix);
        return factor == null ? BigDecimal.ONE.scaleByPowerOfTen(Integer.parseInt(suffix.substring(1))) : factor;
    }

    private static BigDecimal binary(int power) {
        return new BigDecimal(BigInteger.TWO.pow(power));
    }

    /// Whether it was written with a suffix that is a letter, rather than as a bare number.
    boolean hasUnit() {
        char last = text.charAt(text.length() - 1);
        return last >= 'A';
    }

    /// As a whole number.
    ///
    /// @throws IllegalArgumentException if it is a fraction or above the bound
    long whole(String resource, String of, long max) {
        BigDecimal plain = value.stripTrailingZeros();
        if (plain.scale() > 0) {
            throw new IllegalArgumentException(
                    resource + " is " + text + ", expected a whole number of " + of + ", 0 to " + max);
        }
        if (plain.compareTo(BigDecimal.valueOf(max)) > 0) {
            throw new IllegalArgumentException(resource + " is " + text + ", above " + max + " " + of);
        }
        return plain.longValueExact();
    }

    /// In units, rounded up as Kubernetes does.
    ///
    /// @param unit for example 1e-3 for thousandths
    /// @throws IllegalArgumentException if it is above the bound
    long roundedUp(String resource, BigDecimal unit, String of, long max) {
        BigDecimal units = value.divide(unit, 0, RoundingMode.CEILING);
        if (units.compareTo(BigDecimal.valueOf(max)) > 0) {
            throw new IllegalArgumentException(resource + " is " + text + ", above " + max + " " + of);
        }
        return units.longValueExact();
    }
}
