package dev.pagoda.governance.bus;

/// A typed address on the bus: one question type, one answer type, one server.
///
/// @param address  `module.verb`, lower case
/// @param question the record that is asked
/// @param answer   the record that is answered
public record Port<Q extends Record, R extends Record>(String address, Class<Q> question, Class<R> answer) {
    public Port {
        if (!address.matches("[a-z-]+(\\.[a-z-]+)+")) {
            throw new IllegalArgumentException("port address '" + address + "' is not of the form module.verb");
        }
    }

    public static <Q extends Record, R extends Record> Port<Q, R> of(
            String address, Class<Q> question, Class<R> answer) {
        return new Port<>(address, question, answer);
    }
}
