package dev.pagoda.deploy.bench;

/// A server's refusal of what a measurement needs.
@SuppressWarnings("serial") // never serialised: exceptions stay in the process
final class QdrantFailed extends RuntimeException {
    QdrantFailed(String message) {
        super(message, null, false, false);
    }
}
