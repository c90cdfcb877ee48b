package dev.pagoda.gateway.model;

import java.util.List;

/// What one request asks of a model that answers it as a whole.
public sealed interface RequestWork {
    /// Texts to be read, with the tokens of each; for a reranker a text is a question with a document.
    record Texts(List<Integer> tokens) implements RequestWork {
        public Texts {
            tokens = List.copyOf(tokens);
            if (tokens.isEmpty()) {
                throw new IllegalArgumentException("a request without texts");
            }
            for (int each : tokens) {
                if (each < 1) {
                    throw new IllegalArgumentException("a text of " + each + " tokens is below 1");
                }
            }
        }

        int sum() {
            return (int) Math.min(
                    Integer.MAX_VALUE, tokens.stream().mapToLong(each -> each).sum());
        }
    }

    /// Pictures to be made.
    ///
    /// @param steps of denoising; 0 for the model's usual ones
    record Pictures(int count, int width, int height, int steps) implements RequestWork {
        public Pictures {
            if (count < 1 || count > 64 || width < 1 || height < 1 || (long) width * height > 1L << 26) {
                throw new IllegalArgumentException(
                        count + " pictures of " + width + " x " + height + " pixels: 1 to 64 and at most 2^26 pixels");
            }
            if (steps < 0 || steps > 1_000) {
                throw new IllegalArgumentException("steps " + steps + " is not within 0 to 1000");
            }
        }
    }

    /// Sound to be heard or made.
    record Sound(double seconds) implements RequestWork {
        public Sound {
            if (!(seconds > 0) || seconds > 86_400) {
                throw new IllegalArgumentException(seconds + " s of sound are not above 0 and at most a day");
            }
        }
    }
}
