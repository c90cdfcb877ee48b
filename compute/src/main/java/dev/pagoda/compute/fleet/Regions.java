package dev.pagoda.compute.fleet;

import dev.pagoda.compute.api.Provenance.Confidence;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// The regions that nodes may stand in, by id. Immutable, safe from any thread.
public final class Regions {
    /// A grid in the middle of the table; where nothing is said.
    public static final String DEFAULT = "us-central1";

    private static final String RESOURCE = "regions.tsv";

    private static final Regions SHIPPED = read();

    private final Map<String, Region> byId;

    private Regions(Map<String, Region> byId) {
        this.byId = Collections.unmodifiableMap(byId);
    }

    /// The regions that Pagoda ships.
    public static Regions shipped() {
        return SHIPPED;
    }

    private static Regions read() {
        try (var stream = Regions.class.getResourceAsStream(RESOURCE)) {
            if (stream == null) {
                throw new IllegalStateException("the resource " + RESOURCE + " is missing from the compute module");
            }
            return parse(RESOURCE, new InputStreamReader(stream, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @throws IllegalArgumentException if a row is broken, with the line and what was expected
    static Regions parse(String name, Reader text) throws IOException {
        Map<String, Region> rows = new LinkedHashMap<>();
        var lines = new BufferedReader(text);
        boolean isHead = true;
        int number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            if (isHead) {
                isHead = false;
                continue;
            }
            String[] cells = line.split("\t", -1);
            try {
                if (cells.length != 4) {
                    throw new IllegalArgumentException("has " + cells.length + " cells");
                }
                Region region =
                        new Region(cells[0], cells[1], Double.parseDouble(cells[2]), Confidence.valueOf(cells[3]));
                if (rows.putIfAbsent(region.id(), region) != null) {
                    throw new IllegalArgumentException("repeats " + region.id());
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        name + " line " + number + " is \"" + line
                                + "\", expected a distinct id, a location, grams a kWh and A, B or C: "
                                + e.getMessage(),
                        e);
            }
        }
        return new Regions(rows);
    }

    public Collection<Region> all() {
        return byId.values();
    }

    /// @throws IllegalArgumentException if there is no such region, naming the one whose id is nearest
    public Region get(String id) {
        Region region = byId.get(id);
        if (region == null) {
            throw new IllegalArgumentException("region " + id + " is unknown; the nearest is "
                    + NearestName.of(id, byId.keySet()).orElse("none"));
        }
        return region;
    }
}
