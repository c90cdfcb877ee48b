package dev.pagoda.gateway.anthropic;

/// The names of one request: the message's id, by which its usage is recorded, and the `request-id` of the header and
/// of error bodies. Both share what follows their prefix.
final class RequestNames {
    private static final String MESSAGE = "msg_";
    private static final String REQUEST = "req_";

    private RequestNames() {}

    static String message(String name) {
        return MESSAGE + rest(name);
    }

    static String request(String name) {
        return REQUEST + rest(name);
    }

    private static String rest(String name) {
        return name.substring(name.indexOf('_') + 1);
    }
}
