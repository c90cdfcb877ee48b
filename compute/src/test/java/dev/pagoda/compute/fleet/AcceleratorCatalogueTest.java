package dev.pagoda.compute.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.ComputeConfig;
import dev.pagoda.compute.api.AcceleratorSpec;
import java.io.StringReader;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AcceleratorCatalogueTest {
    private static final String HEAD = String.join(
            "\t",
            List.of(
                    "id",
                    "vendor",
                    "model",
                    "kind",
                    "memory_gib",
                    "memory_type",
                    "memory_gb_s",
                    "fp32_tflops",
                    "fp16_tflops",
                    "bf16_tflops",
                    "int8_tops",
                    "fp8_tflops",
                    "link",
                    "link_gb_s_one_way",
                    "link_domain",
                    "host_link",
                    "tdp_w",
                    "k8s_resource",
                    "usd_per_hour",
                    "confidence",
                    "source"));

    @Test
    void shipsTheFiguresOfTheDefaultFleet() {
        AcceleratorCatalogue catalogue = AcceleratorCatalogue.shipped();
        AcceleratorSpec h100 = catalogue.get("h100-sxm");
        assertEquals(80L << 30, h100.memory().bytes());
        assertEquals(3.35e12, h100.memory().bytesPerSecond());
        assertEquals(989e12, h100.peaks().bf16());
        assertEquals(450e9, h100.link().bytesPerSecondOneWay());
        assertEquals(8, h100.link().domain());
        assertEquals("nvidia.com/gpu", h100.kubernetesResource());
        assertEquals(192L << 30, catalogue.get("mi300x").memory().bytes());
        assertEquals(313e12, catalogue.get("ascend-910b3").peaks().fp16());
        assertEquals(48L << 30, catalogue.get("l20").memory().bytes());
        assertEquals(
                36,
                ComputeConfig.defaults().fleet(catalogue).stream()
                        .mapToInt(Node::devices)
                        .sum());
    }

    @Test
    void everyRowNamesItsSourceAndHasAUsablePeak() {
        AcceleratorCatalogue catalogue = AcceleratorCatalogue.shipped();
        assertEquals(45, catalogue.all().size());
        for (AcceleratorSpec spec : catalogue.all()) {
            assertFalse(spec.provenance().source().isBlank(), spec.id());
            assertTrue(spec.peaks().sixteenBit() > 0, spec.id());
        }
    }

    @Test
    void namesTheNearestAcceleratorForAnUnknownOne() {
        var error = assertThrows(
                IllegalArgumentException.class,
                () -> AcceleratorCatalogue.shipped().get("h100-smx"));
        assertEquals("accelerator h100-smx is not in the catalogue; the nearest is h100-sxm", error.getMessage());
    }

    @Test
    void tellsLineColumnAndExpectationOfABrokenRow() {
        String row = String.join(
                "\t",
                "x",
                "v",
                "m",
                "gpu",
                "lots",
                "HBM",
                "1",
                "1",
                "1",
                "",
                "",
                "",
                "none",
                "",
                "1",
                "PCIe4x16",
                "70",
                "",
                "",
                "A",
                "s");
        var error = assertThrows(
                IllegalArgumentException.class,
                () -> AcceleratorCatalogue.parse("t.tsv", new StringReader("# c\n" + HEAD + "\n" + row)));
        assertEquals("t.tsv line 3 column memory_gib is \"lots\", expected a number", error.getMessage());
    }

    @Test
    void refusesARowWithMissingCells() {
        var error = assertThrows(
                IllegalArgumentException.class,
                () -> AcceleratorCatalogue.parse("t.tsv", new StringReader(HEAD + "\nx\tv")));
        assertEquals("t.tsv line 2 has 2 cells, expected 21", error.getMessage());
    }

    @Test
    void refusesTwoRowsOfOneId() {
        String row = String.join(
                "\t",
                "x",
                "v",
                "m",
                "gpu",
                "8",
                "HBM",
                "1",
                "1",
                "1",
                "",
                "",
                "",
                "none",
                "",
                "1",
                "PCIe4x16",
                "70",
                "",
                "",
                "A",
                "s");
        var error = assertThrows(
                IllegalArgumentException.class,
                () -> AcceleratorCatalogue.parse("t.tsv", new StringReader(HEAD + "\n" + row + "\n" + row)));
        assertEquals("t.tsv line 3 column id is \"x\", expected an id that no other row has", error.getMessage());
    }
}
