package dev.pagoda.governance.bus;

/// A typed announcement that any number of subscribers hear.
///
/// @param address `module.event`, lower case
/// @param event   the record that is announced
public record Topic<E extends Record>(String address, Class<E> event) {
    public Topic {
        if (!address.matches("[a-z-]+(\\.[a-z-]+)+")) {
            throw new IllegalArgumentException("topic address '" + address + "' is not of the form module.event");
        }
    }

    public static <E extends Record> Topic<E> of(String address, Class<E> event) {
        return new Topic<>(address, event);
    }
}
