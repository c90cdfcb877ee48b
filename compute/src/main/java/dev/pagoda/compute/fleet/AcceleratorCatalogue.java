package dev.pagoda.compute.fleet;

import dev.pagoda.compute.api.AcceleratorKind;
import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.api.DeviceLink;
import dev.pagoda.compute.api.DeviceMemory;
import dev.pagoda.compute.api.PeakRates;
import dev.pagoda.compute.api.Provenance;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The accelerators that a fleet may be made of, by id.
///
/// The shipped one is two tab-separated files with a source in every row; the second holds the rows that come
/// from data under CC BY-SA 4.0 and carries that licence itself. Immutable, safe from any thread.
public final class AcceleratorCatalogue {
    private static final List<String> RESOURCES = List.of("accelerators.tsv", "accelerators-cc-by-sa.tsv");
    private static final double GIGA = 1e9;
    private static final double TERA = 1e12;
    private static final double GIBI = 1 << 30;

    private final Map<String, AcceleratorSpec> byId;
    private final Map<String, HostLink> hostLinks;

    private AcceleratorCatalogue(Map<String, AcceleratorSpec> byId, Map<String, HostLink> hostLinks) {
        this.byId = Collections.unmodifiableMap(byId);
        this.hostLinks = hostLinks;
    }

    /// The catalogue that Pagoda ships.
    public static AcceleratorCatalogue shipped() {
        Map<String, AcceleratorSpec> rows = new LinkedHashMap<>();
        Map<String, HostLink> hostLinks = new HashMap<>();
        for (String resource : RESOURCES) {
            try (var stream = AcceleratorCatalogue.class.getResourceAsStream(resource)) {
                if (stream == null) {
                    throw new IllegalStateException("the resource " + resource + " is missing from the compute module");
                }
                read(resource, new InputStreamReader(stream, StandardCharsets.UTF_8), rows, hostLinks);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new AcceleratorCatalogue(rows, hostLinks);
    }

    /// The catalogue in a tab-separated text with a header row; lines that begin with `#` are comments.
    ///
    /// @param name what to call the text in messages
    /// @throws IllegalArgumentException if a row is broken, with the line, the column and what was expected
    static AcceleratorCatalogue parse(String name, Reader text) throws IOException {
        Map<String, AcceleratorSpec> rows = new LinkedHashMap<>();
        Map<String, HostLink> hostLinks = new HashMap<>();
        read(name, text, rows, hostLinks);
        return new AcceleratorCatalogue(rows, hostLinks);
    }

    public Collection<AcceleratorSpec> all() {
        return byId.values();
    }

    public Optional<AcceleratorSpec> find(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    /// @throws IllegalArgumentException if there is no such accelerator, naming the one whose id is nearest
    public AcceleratorSpec get(String id) {
        return find(id).orElseThrow(() -> new IllegalArgumentException("accelerator " + id
                + " is not in the catalogue; the nearest is "
                + NearestName.of(id, byId.keySet()).orElse("none")));
    }

    /// What joins an accelerator to its host.
    ///
    /// @throws IllegalArgumentException if there is no such accelerator, naming the one whose id is nearest
    public HostLink hostLink(String id) {
        HostLink link = hostLinks.get(get(id).id());
        if (link == null) {
            throw new IllegalStateException("accelerator " + id + " has no host link");
        }
        return link;
    }

    private static void read(
            String name, Reader text, Map<String, AcceleratorSpec> into, Map<String, HostLink> hostLinks)
            throws IOException {
        var lines = new BufferedReader(text);
        Map<String, Integer> columns = Map.of();
        int number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] cells = line.split("\t", -1);
            if (columns.isEmpty()) {
                columns = new LinkedHashMap<>();
                for (int i = 0; i < cells.length; i++) {
                    columns.put(cells[i], i);
                }
                continue;
            }
            var row = new Row(name, number, columns, cells);
            AcceleratorSpec spec = row.spec();
            if (into.putIfAbsent(spec.id(), spec) != null) {
                throw row.broken("id", "an id that no other row has");
            }
            hostLinks.put(spec.id(), row.hostLink(spec));
        }
    }

    private record Row(String name, int line, Map<String, Integer> columns, String[] cells) {
        Row {
            if (cells.length != columns.size()) {
                throw new IllegalArgumentException(
                        name + " line " + line + " has " + cells.length + " cells, expected " + columns.size());
            }
        }

        AcceleratorSpec spec() {
            String price = text("usd_per_hour");
            return new AcceleratorSpec(
                    required("id"),
                    required("vendor"),
                    required("model"),
                    choice("kind", AcceleratorKind.class),
                    new DeviceMemory(
                            text("memory_type"),
                            Math.round(positive("memory_gib") * GIBI),
                            positive("memory_gb_s") * GIGA),
                    new PeakRates(
                            rate("fp32_tflops"),
                            rate("fp16_tflops"),
                            rate("bf16_tflops"),
                            rate("int8_tops"),
                            rate("fp8_tflops")),
                    new DeviceLink(text("link"), number("link_gb_s_one_way") * GIGA, (int) positive("link_domain")),
                    positive("tdp_w"),
                    text("k8s_resource"),
                    price.isEmpty() ? null : number("usd_per_hour"),
                    new Provenance(choice("confidence", Provenance.Confidence.class), required("source")));
        }

        HostLink hostLink(AcceleratorSpec spec) {
            try {
                return HostLink.named(required("host_link"), spec.memory().bytesPerSecond());
            } catch (IllegalArgumentException e) {
                throw broken("host_link", "UMA, PCIe3x16 to PCIe6x16, NVLink-C2C or HT3");
            }
        }

        private String text(String column) {
            Integer index = columns.get(column);
            if (index == null) {
                throw new IllegalArgumentException(name + " has no column " + column);
            }
            return cells[index].strip();
        }

        private String required(String column) {
            String text = text(column);
            if (text.isEmpty()) {
                throw broken(column, "some text");
            }
            return text;
        }

        private double rate(String column) {
            return number(column) * TERA;
        }

        private double number(String column) {
            String text = text(column);
            if (text.isEmpty()) {
                return 0;
            }
            try {
                double value = Double.parseDouble(text);
                if (value >= 0 && value < Double.POSITIVE_INFINITY) {
                    return value;
                }
            } catch (NumberFormatException e) {
                throw broken(column, "a number");
            }
            throw broken(column, "a number of at least 0");
        }

        private double positive(String column) {
            double value = number(column);
            if (!(value > 0)) {
                throw broken(column, "a number above 0");
            }
            return value;
        }

        private <E extends Enum<E>> E choice(String column, Class<E> type) {
            try {
                return Enum.valueOf(type, required(column).toUpperCase(Locale.ROOT));
            } catch (IllegalArgumentException e) {
                throw broken(column, "one of " + List.of(type.getEnumConstants()));
            }
        }

        IllegalArgumentException broken(String column, String expected) {
            return new IllegalArgumentException(name + " line " + line + " column " + column + " is \"" + text(column)
                    + "\", expected " + expected);
        }
    }
}
