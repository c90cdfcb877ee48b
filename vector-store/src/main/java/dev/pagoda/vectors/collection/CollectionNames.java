package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.Payloads;

/// What a collection may be called.
final class CollectionNames {
    private static final int LONGEST = 255;
    private static final String TABOOS = "<>:\"/\\|?*\0\u001f";

    private CollectionNames() {}

    /// @throws dev.pagoda.governance.bus.Refused `invalid_name`
    static void require(String name) {
        if (name.isEmpty() || name.length() > LONGEST) {
            throw Refusals.invalidName(
                    "[collection_name: value \"" + name + "\" invalid, must be from 1 to 255 characters]");
        }
        if (!Payloads.isWhole(name)) {
            throw Refusals.invalidName("[collection_name: collection name cannot contain half of a surrogate pair]");
        }
        for (int i = 0; i < name.length(); i++) {
            if (TABOOS.indexOf(name.charAt(i)) >= 0) {
                throw Refusals.invalidName(
                        "[collection_name: collection name cannot contain \"" + name.charAt(i) + "\" char]");
            }
        }
    }
}
