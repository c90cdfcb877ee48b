package dev.pagoda.deploy;

/// A start that cannot go on for a reason its user can mend: the message is one sentence for them, shown without a
/// stack trace, and the exit code is 2.
public final class StartRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StartRefused(String sentence) {
        super(sentence);
    }

    public StartRefused(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
