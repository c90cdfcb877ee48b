package dev.pagoda.compute.fleet;

import java.util.List;
import java.util.Objects;

/// Where a node stands.
///
/// @param zone        `region/zone`
/// @param rack        `region/zone/rack`
/// @param linkDomains of each device the domain that its fast links join (NVLink, HCCS, XGMI, MetaXLink, ...);
///     devices without such links are alone in theirs, and a domain may reach over several nodes
public record NodePlace(Region region, String zone, String rack, List<String> linkDomains) {
    public NodePlace {
        Objects.requireNonNull(region, "region");
        Objects.requireNonNull(zone, "zone");
        Objects.requireNonNull(rack, "rack");
        linkDomains = List.copyOf(linkDomains);
    }
}
