package dev.pagoda.gateway.load;

import java.util.Locale;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How many tokens prompts or answers have.
sealed interface Lengths {
    int MOST = 1_000_000;

    String FORM = "256, 100-400, normal:300:80 or lognormal:200:0.8";

    /// At least 1, at most [#MOST].
    int draw(SplittableRandom random);

    /// Always the same.
    record Fixed(int tokens) implements Lengths {
        public Fixed {
            check(tokens, tokens);
        }

        @Override
        public int draw(SplittableRandom random) {
            return tokens;
        }
    }

    /// Each as likely, both ends included.
    record Uniform(int least, int most) implements Lengths {
        public Uniform {
            check(least, most);
        }

        @Override
        public int draw(SplittableRandom random) {
            return random.nextInt(least, most + 1);
        }
    }

    record Normal(double mean, double deviation) implements Lengths {
        public Normal {
            check(mean, mean);
        }

        @Override
        public int draw(SplittableRandom random) {
            return bounded(mean + deviation * random.nextGaussian());
        }
    }

    /// @param sigma standard deviation of the logarithm
    record LogNormal(double median, double sigma) implements Lengths {
        public LogNormal {
            check(median, median);
        }

        @Override
        public int draw(SplittableRandom random) {
            return bounded(median * Math.exp(sigma * random.nextGaussian()));
        }
    }

    Pattern UNIFORM = Pattern.compile("(\\d{1,7})-(\\d{1,7})");
    Pattern SPREAD = Pattern.compile("(normal|lognormal):(\\d{1,7}(?:\\.\\d{1,6})?):(\\d{1,7}(?:\\.\\d{1,6})?)");

    /// As users write them.
    ///
    /// @throws IllegalArgumentException if the text is none
    static Lengths parse(String text) {
        String plain = text.strip().toLowerCase(Locale.ROOT);
        Matcher uniform = UNIFORM.matcher(plain);
        Matcher spread = SPREAD.matcher(plain);
        if (plain.matches("\\d{1,7}")) {
            return new Fixed(Integer.parseInt(plain));
        }
        if (uniform.matches()) {
            return new Uniform(Integer.parseInt(uniform.group(1)), Integer.parseInt(uniform.group(2)));
        }
        if (spread.matches()) {
            double middle = Double.parseDouble(spread.group(2));
            double width = Double.parseDouble(spread.group(3));
            return spread.group(1).equals("normal") ? new Normal(middle, width) : new LogNormal(middle, width);
        }
        throw new IllegalArgumentException("tokens " + text + " are not like " + FORM);
    }

    private static void check(double least, double most) {
        if (!(least >= 1 && least <= most && most <= MOST)) {
            throw new IllegalArgumentException(
                    "tokens from " + least + " to " + most + " are no range within 1 to " + MOST);
        }
    }

    private static int bounded(double tokens) {
        return Math.clamp(Math.round(tokens), 1, MOST);
    }
}
