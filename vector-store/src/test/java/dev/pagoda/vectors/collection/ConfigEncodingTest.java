package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Datatype;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.api.SparseConfig;
import dev.pagoda.vectors.storage.Decoder;
import dev.pagoda.vectors.storage.Encoder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigEncodingTest {

    @Test
    void aConfigurationIsReadAsItWasWritten() {
        CollectionConfig config = new CollectionConfig(
                Map.of(
                        "",
                        new DenseConfig(4, Distance.COSINE),
                        "tokens",
                        new DenseConfig(
                                128,
                                Distance.DOT,
                                Datatype.FLOAT16,
                                true,
                                Map.of("hnsw_config", Map.of("m", 0L), "on_disk", true))),
                Map.of("s", new SparseConfig(true, Map.of("index", Map.of("on_disk", false)))),
                new HnswConfig(24, 200, 77),
                Map.of("k", "keyword"),
                Map.of("metadata", Map.of("a", List.of(1L, 2.5, "x"))));
        Encoder out = new Encoder();
        LogRecord.writeConfig(out, config);
        Decoder in = new Decoder(out.toBytes());
        assertEquals(config, LogRecord.readConfig(in));
        assertFalse(in.hasMore());
    }

    @Test
    void aConfigurationWithoutMarkKeepsWhatItsSettingsSaidOfFields() {
        Encoder out = new Encoder()
                .writeInt(2)
                .writeText("a")
                .writeInt(4)
                .writeText("COSINE")
                .writeText("b")
                .writeInt(2)
                .writeText("EUCLID")
                .writeInt(1)
                .writeText("s")
                .writeByte(1)
                .writeInt(24)
                .writeInt(100)
                .writeInt(10_000)
                .writeValue(Map.of("k", "integer"))
                .writeValue(Map.of(
                        "vectors",
                        Map.of("a", Map.of("size", 4L, "distance", "Cosine", "on_disk", true)),
                        "sparse_vectors",
                        Map.of("s", Map.of("modifier", "idf", "index", Map.of("on_disk", true))),
                        "metadata",
                        Map.of("x", 1L)));
        CollectionConfig read = LogRecord.readConfig(new Decoder(out.toBytes()));
        assertEquals(
                new CollectionConfig(
                        Map.of(
                                "a",
                                new DenseConfig(4, Distance.COSINE).withSettings(Map.of("on_disk", true)),
                                "b",
                                new DenseConfig(2, Distance.EUCLID)),
                        Map.of("s", new SparseConfig(true, Map.of("index", Map.of("on_disk", true)))),
                        new HnswConfig(24, 100, 10_000),
                        Map.of("k", "integer"),
                        Map.of("metadata", Map.of("x", 1L))),
                read);
    }

    @Test
    void theUnnamedFieldOfAnOldConfigurationHasItsSettingsAtTheTop() {
        Encoder out = new Encoder()
                .writeInt(1)
                .writeText("")
                .writeInt(4)
                .writeText("DOT")
                .writeInt(0)
                .writeInt(16)
                .writeInt(100)
                .writeInt(10_000)
                .writeValue(Map.of())
                .writeValue(Map.of("vectors", Map.of("size", 4L, "distance", "Dot", "memory", "cold")));
        DenseConfig unnamed =
                LogRecord.readConfig(new Decoder(out.toBytes())).dense().get("");
        assertEquals(new DenseConfig(4, Distance.DOT).withSettings(Map.of("memory", "cold")), unnamed);
    }

    @Test
    void marksOfTheFutureAreRefused() {
        Decoder in = new Decoder(new Encoder().writeInt(-9).toBytes());
        assertThrows(IllegalArgumentException.class, () -> LogRecord.readConfig(in));
    }
}
