package dev.pagoda.gateway.load;

/// A run that cannot start or be judged, said in one sentence for the person at the terminal.
final class LoadException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LoadException(String sentence) {
        super(sentence);
    }
}
