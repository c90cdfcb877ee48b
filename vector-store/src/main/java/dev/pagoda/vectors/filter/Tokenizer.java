package dev.pagoda.vectors.filter;

import java.util.List;

/// How the texts under a key with a text index are taken apart into words. Safe from any thread.
public interface Tokenizer {

    /// The words of a stored text, in its order, repeated as there.
    List<String> stored(String text);

    /// The words that a text to look for asks of stored texts, in its order.
    List<String> asked(String text);
}
