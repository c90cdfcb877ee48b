package dev.pagoda.compute.queue;

import dev.pagoda.compute.placement.Allotment;
import java.util.List;

/// What a running job holds of a [Room].
///
/// @param accelerator the kind of all its devices, empty when it has none
/// @param use         what it takes from its queue's quotas
record Seat(String accelerator, List<Allotment> allotments, Use use) {
    Seat {
        allotments = List.copyOf(allotments);
    }

    int tasks() {
        return allotments.size();
    }

    /// Devices it has a part of.
    int devices() {
        int devices = 0;
        for (Allotment each : allotments) {
            devices += each.grants().size();
        }
        return devices;
    }
}
