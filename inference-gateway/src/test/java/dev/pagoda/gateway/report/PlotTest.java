package dev.pagoda.gateway.report;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;

class PlotTest {
    private static final Pattern PLACE = Pattern.compile("[ML](-?[0-9.]+) (-?[0-9.]+)");

    private static String curve(double[] x, double[] y, Axis across, Axis up) {
        return new Plot()
                .curves("p", across, up, List.of(new Plot.Curve("c", x, y, false)))
                .draw();
    }

    private static List<double[]> places(String svg) {
        var places = new ArrayList<double[]>();
        Matcher place = PLACE.matcher(svg);
        while (place.find()) {
            places.add(new double[] {Double.parseDouble(place.group(1)), Double.parseDouble(place.group(2))});
        }
        return places;
    }

    @Test
    void isXmlWhateverTheNames() {
        String svg = new Plot()
                .curves(
                        "a < b & \"c\"",
                        Axis.fromZero("x<"),
                        Axis.log("&"),
                        List.of(Plot.Curve.of("<&\">", new double[] {1, 2})))
                .points("p", Axis.fitted("x"), Axis.fitted("y"), List.of(new Plot.Point("<svg>", 1, 2, true)))
                .draw();

        assertDoesNotThrow(() -> DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8))));
    }

    @Test
    void aCurveFromZeroSpansThePanel() {
        List<double[]> places =
                places(curve(new double[] {0, 5, 10}, new double[] {0, 1, 2}, Axis.fromZero("x"), Axis.fromZero("y")));

        assertEquals(3, places.size());
        assertEquals(520, places.get(2)[0] - places.get(0)[0], 0.2);
        assertEquals(360, places.get(0)[1] - places.get(2)[1], 0.2);
        assertEquals(260, places.get(1)[0] - places.get(0)[0], 0.2);
    }

    @Test
    void decadesAreEquallyFarApart() {
        List<double[]> places =
                places(curve(new double[] {1, 10, 100}, new double[] {1, 1, 1}, Axis.log("x"), Axis.fromZero("y")));

        assertEquals(places.get(1)[0] - places.get(0)[0], places.get(2)[0] - places.get(1)[0], 0.2);
    }

    @Test
    void aCurveBreaksWhereItIsUnknownOrBeyondTheAxes() {
        String svg = curve(
                new double[] {0, 1, 2, 3, 4},
                new double[] {1, Double.NaN, 1, 1, 1},
                Axis.within("x", 0, 3),
                Axis.fromZero("y"));

        assertEquals(2, svg.split("M[0-9]", -1).length - 1, svg);
        assertEquals(3, places(svg).size());
    }

    @Test
    void aLongCurveKeepsItsPeaks() {
        double[] y = new double[100_000];
        y[54_321] = 9;
        List<double[]> places = places(new Plot()
                .curves("p", Axis.fromZero("x"), Axis.fromZero("y"), List.of(Plot.Curve.of("c", y)))
                .draw());

        assertTrue(places.size() < 5_000, "points drawn: " + places.size());
        assertEquals(50, places.stream().mapToDouble(each -> each[1]).min().orElse(-1), 0.1);
    }

    @Test
    void namesOfPointsDoNotCoverEachOther() {
        var points = new ArrayList<Plot.Point>();
        for (int i = 0; i < 30; i++) {
            points.add(new Plot.Point("policy-" + i, 1 + i * 1e-3, 5, i == 7));
        }
        String svg = new Plot()
                .points("p", Axis.fromZero("x"), Axis.fitted("y"), points)
                .draw();

        assertTrue(svg.contains(">policy-7</text>"), "the front is named first");
        assertTrue(svg.contains("<title>"), "what has no room is told by hovering");
        assertFalse(svg.contains("NaN"), svg);
    }

    @Test
    void nothingIsAPictureToo() {
        String svg = new Plot()
                .curves("p", Axis.log("x"), Axis.fitted("y"), List.of(Plot.Curve.of("c", new double[0])))
                .points("q", Axis.fromZero("x"), Axis.fitted("y"), List.of())
                .draw();

        assertFalse(svg.contains("NaN") || svg.contains("Infinity"), svg);
        assertThrows(IllegalArgumentException.class, () -> new Plot.Curve("c", new double[1], new double[2], false));
    }
}
