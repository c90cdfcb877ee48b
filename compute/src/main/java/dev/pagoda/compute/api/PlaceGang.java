package dev.pagoda.compute.api;

import java.util.List;
import java.util.Objects;

/// A request for whole devices, all of one kind, all or none.
///
/// @param owner          who will use them, for people to read; at most 200 characters
/// @param devices        how many, 1 to [#MAX_DEVICES]
/// @param bytesPerDevice memory each device must have
/// @param accelerators   ids in order of preference; [#ANY] among them, or an empty list, accepts every other
///     kind, the one that wastes least memory first
/// @param oneNode        whether all must sit in one node
/// @param artefacts      what has to arrive before they can be used
public record PlaceGang(
        String owner,
        int devices,
        long bytesPerDevice,
        List<String> accelerators,
        boolean oneNode,
        Artefacts artefacts) {
    /// Above the largest fleet a configuration may describe, so that it bounds no real request.
    public static final int MAX_DEVICES = 65_536;

    /// Stands for every kind of accelerator that a preference does not name.
    public static final String ANY = "*";

    static final int MAX_OWNER_CHARS = 200;
    static final int MAX_PREFERENCES = 64;

    public PlaceGang {
        if (owner.isBlank() || owner.length() > MAX_OWNER_CHARS) {
            throw new IllegalArgumentException("an owner of " + owner.length() + " characters is blank or above 200");
        }
        if (devices < 1 || devices > MAX_DEVICES) {
            throw new IllegalArgumentException("a gang of " + devices + " devices is outside 1 to " + MAX_DEVICES);
        }
        if (bytesPerDevice < 0) {
            throw new IllegalArgumentException(bytesPerDevice + " bytes per device is below 0");
        }
        accelerators = List.copyOf(accelerators);
        if (accelerators.size() > MAX_PREFERENCES) {
            throw new IllegalArgumentException(accelerators.size() + " preferred accelerators are above 64");
        }
        Objects.requireNonNull(artefacts, "artefacts");
    }

    /// A gang that brings nothing with it.
    public PlaceGang(String owner, int devices, long bytesPerDevice, List<String> accelerators, boolean oneNode) {
        this(owner, devices, bytesPerDevice, accelerators, oneNode, Artefacts.NONE);
    }
}
