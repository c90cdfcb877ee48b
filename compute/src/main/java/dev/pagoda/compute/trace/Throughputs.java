package dev.pagoda.compute.trace;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Measured rates, in steps a second, by device, job type and number of devices: Gavel's table, of which the
/// rates of jobs alone are kept and those of two that share a device are passed over.
public final class Throughputs {
    /// What the table calls a device whose jobs lie on more nodes than they need.
    private static final String SPREAD = "_unconsolidated";

    private static final Pattern KEY = Pattern.compile("\\('(.{1,200})', ([1-9][0-9]{0,5})\\)");
    private static final String ALONE = "null";
    private static final int MAX_DEPTH = 8;

    private final Map<String, Map<String, NavigableMap<Integer, Double>>> rates;

    private Throughputs(Map<String, Map<String, NavigableMap<Integer, Double>>> rates) {
        this.rates = rates;
    }

    /// @throws TraceFault if it is not such a table
    public static Throughputs read(TraceText text) {
        JsonFactory factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .build())
                .build();
        Map<String, Map<String, NavigableMap<Integer, Double>>> rates = new LinkedHashMap<>();
        try (JsonParser json = factory.createParser(text.text())) {
            expect(text, json, json.nextToken(), JsonToken.START_OBJECT, "an object of devices");
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String device = json.currentName();
                expect(text, json, json.nextToken(), JsonToken.START_OBJECT, "an object of job types for " + device);
                Map<String, NavigableMap<Integer, Double>> ofDevice = new LinkedHashMap<>();
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    readType(text, json, ofDevice);
                }
                rates.put(device, ofDevice);
            }
            if (json.nextToken() != null) {
                throw fault(text, json, "the end of the file");
            }
        } catch (JsonProcessingException broken) {
            JsonLocation at = broken.getLocation();
            TraceFault fault = new TraceFault(
                    text.file(),
                    at == null ? 0 : at.getLineNr(),
                    at == null ? 0 : at.getColumnNr(),
                    "JSON",
                    broken.getOriginalMessage());
            fault.initCause(broken);
            throw fault;
        } catch (IOException e) {
            throw new UncheckedIOException("a string cannot be read", e);
        }
        if (rates.keySet().stream().allMatch(device -> device.endsWith(SPREAD))) {
            throw new TraceFault(text.file(), "a device at least", "none");
        }
        return new Throughputs(Collections.unmodifiableMap(rates));
    }

    private static void readType(TraceText text, JsonParser json, Map<String, NavigableMap<Integer, Double>> ofDevice)
            throws IOException {
        Matcher key = KEY.matcher(json.currentName());
        if (!key.matches()) {
            throw fault(text, json, "a key like ('job type', devices)");
        }
        expect(text, json, json.nextToken(), JsonToken.START_OBJECT, "an object of rates");
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean isAlone = json.currentName().equals(ALONE);
            JsonToken token = json.nextToken();
            if (!isAlone) {
                json.skipChildren();
            } else if (token != null && token.isNumeric()) {
                double rate = json.getDoubleValue();
                if (!(rate >= 0 && rate <= 1e12)) {
                    throw fault(text, json, "steps a second from 0 to 1e12");
                }
                ofDevice.computeIfAbsent(key.group(1), type -> new TreeMap<>())
                        .put(Integer.parseInt(key.group(2)), rate);
            } else {
                throw fault(text, json, "steps a second");
            }
        }
    }

    private static void expect(TraceText text, JsonParser json, JsonToken token, JsonToken wanted, String what) {
        if (token != wanted) {
            throw fault(text, json, what);
        }
    }

    private static TraceFault fault(TraceText text, JsonParser json, String expected) {
        JsonLocation at = json.currentTokenLocation();
        String found;
        try {
            String token = json.getText();
            found = token == null ? "the end" : token;
        } catch (IOException unreadable) {
            found = "something else";
        }
        return new TraceFault(text.file(), at.getLineNr(), at.getColumnNr(), expected, found);
    }

    /// The devices it has rates of.
    public Set<String> devices() {
        Set<String> devices = new LinkedHashSet<>(rates.keySet());
        devices.removeIf(each -> each.endsWith(SPREAD));
        return devices;
    }

    /// Whether a type was measured at all, on any device.
    public boolean knows(String type) {
        return rates.values().stream().anyMatch(each -> each.containsKey(type));
    }

    /// The types that run on a device at this size, in the order of the table.
    public List<String> types(String device, int devices) {
        return rates.getOrDefault(device, Map.of()).keySet().stream()
                .filter(type -> rate(device, type, devices, false).orElse(0) > 0)
                .toList();
    }

    /// The measured rate of a job alone; empty if it was not measured at this size.
    ///
    /// @param isSpread whether it lies on more nodes than it needs
    public OptionalDouble rate(String device, String type, int devices, boolean isSpread) {
        NavigableMap<Integer, Double> sizes = sizes(device, type, isSpread);
        Double rate = sizes.get(devices);
        return rate == null ? OptionalDouble.empty() : OptionalDouble.of(rate);
    }

    /// The rate as measured, or in proportion to the largest smaller size that was; empty if there is none.
    public OptionalDouble scaledRate(String device, String type, int devices, boolean isSpread) {
        Map.Entry<Integer, Double> nearest = sizes(device, type, isSpread).floorEntry(devices);
        return nearest == null
                ? OptionalDouble.empty()
                : OptionalDouble.of(nearest.getValue() * devices / nearest.getKey());
    }

    private NavigableMap<Integer, Double> sizes(String device, String type, boolean isSpread) {
        return rates.getOrDefault(isSpread ? device + SPREAD : device, Map.of()).getOrDefault(type, new TreeMap<>());
    }
}
