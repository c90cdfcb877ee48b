package dev.pagoda.deploy.bench;

import static dev.pagoda.deploy.bench.CurveTest.curve;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class SpeedTableTest {
    private static final SpeedTable TABLE = new SpeedTable(List.of("pagoda"), List.of("hnswlib", "jvector"));

    @Test
    void comparesWithTheBestSystemOfAPeer() {
        assertEquals(
                List.of(
                        "queries/s, glove all                 at 0.90     at 0.95     at 0.99",
                        "pagoda                                 30000       30000           -",
                        "hnswlib                                10000       10000       10000",
                        "jvector                                 5000        5000        5000",
                        "jvector-fused                          20000           -           -",
                        "pagoda / hnswlib                        3.00        3.00           -",
                        "pagoda / jvector                        1.50        6.00           -"),
                TABLE.lines("glove", ResultTag.ALL, curves()));
    }

    private static Map<String, List<Curve>> curves() {
        Map<String, List<Curve>> curves = new LinkedHashMap<>();
        curves.put("pagoda", List.of(curve(0.96, 30_000)));
        curves.put("hnswlib", List.of(curve(0.99, 10_000)));
        curves.put("jvector", List.of(curve(0.99, 5_000)));
        curves.put("jvector-fused", List.of(curve(0.92, 20_000)));
        return curves;
    }

    @Test
    void takesTheMedianOfTheRunsAndOfTheirRatios() {
        Map<String, List<Curve>> curves = Map.of(
                "pagoda", List.of(curve(0.99, 100), curve(0.99, 400), curve(0.99, 300)),
                "hnswlib", List.of(curve(0.99, 100), curve(0.99, 100), curve(0.99, 300)));
        assertEquals(OptionalDouble.of(1), TABLE.ratio(curves, "pagoda", "hnswlib", 0.95));
        assertEquals(
                OptionalDouble.of(300),
                SpeedTable.median(List.of(OptionalDouble.of(100), OptionalDouble.of(400), OptionalDouble.of(300))));
    }

    @Test
    void whatIsMissedInMostRunsIsMissed() {
        assertEquals(
                OptionalDouble.empty(),
                SpeedTable.median(List.of(OptionalDouble.empty(), OptionalDouble.of(3), OptionalDouble.empty())));
        assertEquals(
                OptionalDouble.of(3),
                SpeedTable.median(List.of(OptionalDouble.of(3), OptionalDouble.empty(), OptionalDouble.of(5))));
    }

    @Test
    void drawsAPanelATagAndALineASystem() {
        Map<ResultTag, Map<String, List<Curve>>> all = new LinkedHashMap<>();
        all.put(ResultTag.ALL, curves());
        all.put(ResultTag.TENTH, curves());
        String svg = SpeedTable.picture("glove", all);
        assertTrue(svg.startsWith("<svg ") && svg.endsWith("</svg>\n"));
        assertEquals(8, svg.split("<path", -1).length - 1);
        assertEquals(1, svg.split(">hnswlib</text>", -1).length - 1);
        assertTrue(svg.contains(">glove f10: queries a second</text>"));
    }
}
