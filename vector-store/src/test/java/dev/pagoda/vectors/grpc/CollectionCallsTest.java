package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.GrpcStore.get;
import static dev.pagoda.vectors.grpc.GrpcStore.refusal;
import static io.qdrant.client.QueryFactory.nearest;
import static io.qdrant.client.ValueFactory.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.qdrant.client.QdrantClient;
import io.qdrant.client.grpc.Collections.CollectionInfo;
import io.qdrant.client.grpc.Collections.CollectionStatus;
import io.qdrant.client.grpc.Collections.CreateCollection;
import io.qdrant.client.grpc.Collections.CreateShardKey;
import io.qdrant.client.grpc.Collections.CreateShardKeyRequest;
import io.qdrant.client.grpc.Collections.Distance;
import io.qdrant.client.grpc.Collections.HnswConfigDiff;
import io.qdrant.client.grpc.Collections.KeywordIndexParams;
import io.qdrant.client.grpc.Collections.Modifier;
import io.qdrant.client.grpc.Collections.OptimizersConfigDiff;
import io.qdrant.client.grpc.Collections.PayloadIndexParams;
import io.qdrant.client.grpc.Collections.PayloadSchemaType;
import io.qdrant.client.grpc.Collections.QuantizationConfig;
import io.qdrant.client.grpc.Collections.QuantizationType;
import io.qdrant.client.grpc.Collections.ScalarQuantization;
import io.qdrant.client.grpc.Collections.ShardKey;
import io.qdrant.client.grpc.Collections.SnowballParams;
import io.qdrant.client.grpc.Collections.SparseVectorConfig;
import io.qdrant.client.grpc.Collections.SparseVectorParams;
import io.qdrant.client.grpc.Collections.StemmingAlgorithm;
import io.qdrant.client.grpc.Collections.StopwordsSet;
import io.qdrant.client.grpc.Collections.StrictModeConfig;
import io.qdrant.client.grpc.Collections.TextIndexParams;
import io.qdrant.client.grpc.Collections.TokenizerType;
import io.qdrant.client.grpc.Collections.UpdateCollection;
import io.qdrant.client.grpc.Collections.UpdateCollectionClusterSetupRequest;
import io.qdrant.client.grpc.Collections.VectorParams;
import io.qdrant.client.grpc.Collections.VectorsConfig;
import io.qdrant.client.grpc.Points.CreateVectorNameRequest;
import io.qdrant.client.grpc.Points.DeleteVectorNameRequest;
import io.qdrant.client.grpc.Points.DenseVectorCreationConfig;
import io.qdrant.client.grpc.Points.QueryPoints;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Collections through the stock Java client.
class CollectionCallsTest {
    private static final VectorParams PLAIN =
            VectorParams.newBuilder().setSize(4).setDistance(Distance.Cosine).build();

    private final GrpcStore store = new GrpcStore(Optional.empty());
    private final QdrantClient client = store.client(GrpcStore.ACME_KEY);

    @AfterEach
    void stop() {
        client.close();
        store.close();
    }

    @Test
    void makesListsDescribesChangesAndDropsCollections() {
        assertFalse(get(client.collectionExistsAsync("docs")));
        CreateCollection made = CreateCollection.newBuilder()
                .setCollectionName("docs")
                .setVectorsConfig(
                        VectorsConfig.newBuilder().setParams(PLAIN.toBuilder().setOnDisk(true)))
                .setSparseVectorsConfig(SparseVectorConfig.newBuilder()
                        .putMap(
                                "bm25",
                                SparseVectorParams.newBuilder()
                                        .setModifier(Modifier.Idf)
                                        .build()))
                .setHnswConfig(HnswConfigDiff.newBuilder().setM(24))
                .setOptimizersConfig(OptimizersConfigDiff.newBuilder().setIndexingThreshold(5_000))
                .setQuantizationConfig(QuantizationConfig.newBuilder()
                        .setScalar(ScalarQuantization.newBuilder()
                                .setType(QuantizationType.Int8)
                                .setAlwaysRam(true)))
                .putMetadata("a", value(1L))
                .build();
        assertTrue(get(client.createCollectionAsync(made)).getResult());
        Status again = refusal(client.createCollectionAsync("docs", PLAIN));
        assertEquals(Status.Code.ALREADY_EXISTS, again.getCode());
        assertEquals("Wrong input: Collection `docs` already exists!", again.getDescription());
        assertTrue(get(client.collectionExistsAsync("docs")));
        assertEquals(List.of("docs"), get(client.listCollectionsAsync()));

        CollectionInfo info = get(client.getCollectionInfoAsync("docs"));
        assertEquals(CollectionStatus.Green, info.getStatus());
        assertTrue(info.getOptimizerStatus().getOk());
        assertEquals(0, info.getPointsCount());
        var params = info.getConfig().getParams();
        assertEquals(4, params.getVectorsConfig().getParams().getSize());
        assertEquals(Distance.Cosine, params.getVectorsConfig().getParams().getDistance());
        assertTrue(params.getVectorsConfig().getParams().getOnDisk());
        assertEquals(
                Modifier.Idf,
                params.getSparseVectorsConfig().getMapOrThrow("bm25").getModifier());
        assertEquals(24, info.getConfig().getHnswConfig().getM());
        assertEquals(100, info.getConfig().getHnswConfig().getEfConstruct());
        assertEquals(5_000, info.getConfig().getOptimizerConfig().getIndexingThreshold());
        assertTrue(info.getConfig().getQuantizationConfig().getScalar().getAlwaysRam());
        assertEquals(value(1L), info.getConfig().getMetadataMap().get("a"));

        assertTrue(get(client.updateCollectionAsync(UpdateCollection.newBuilder()
                        .setCollectionName("docs")
                        .setHnswConfig(HnswConfigDiff.newBuilder().setEfConstruct(200))
                        .putMetadata("b", value("two"))
                        .build()))
                .getResult());
        info = get(client.getCollectionInfoAsync("docs"));
        assertEquals(200, info.getConfig().getHnswConfig().getEfConstruct());
        assertEquals(2, info.getConfig().getMetadataCount());

        assertTrue(get(client.deleteCollectionAsync("docs")).getResult());
        assertFalse(get(client.collectionExistsAsync("docs")));
        assertEquals(
                Status.Code.NOT_FOUND,
                refusal(client.getCollectionInfoAsync("docs")).getCode());
    }

    @Test
    void refusesSettingsThatMakeNoSense() {
        assertEquals(
                Status.Code.INVALID_ARGUMENT,
                refusal(client.createCollectionAsync(
                                "docs", PLAIN.toBuilder().setSize(65_537).build()))
                        .getCode());
        assertEquals(
                Status.Code.INVALID_ARGUMENT,
                refusal(client.createCollectionAsync(
                                "docs", PLAIN.toBuilder().clearDistance().build()))
                        .getCode());
        assertEquals(
                Status.Code.INVALID_ARGUMENT,
                refusal(client.createCollectionAsync("a/b", PLAIN)).getCode());
        assertEquals(List.of(), get(client.listCollectionsAsync()));
    }

    @Test
    void answersClusterCallsAsASingleNode() {
        get(client.createCollectionAsync("docs", PLAIN));
        assertEquals(
                Status.Code.UNIMPLEMENTED,
                refusal(client.updateCollectionClusterSetupAsync(UpdateCollectionClusterSetupRequest.newBuilder()
                                .setCollectionName("docs")
                                .build()))
                        .getCode());
        assertTrue(List.of(Status.Code.UNIMPLEMENTED, Status.Code.INVALID_ARGUMENT)
                .contains(refusal(client.createShardKeyAsync(CreateShardKeyRequest.newBuilder()
                                .setCollectionName("docs")
                                .setRequest(CreateShardKey.newBuilder()
                                        .setShardKey(ShardKey.newBuilder().setKeyword("eu")))
                                .build()))
                        .getCode()));
    }

    @Test
    void namesCollectionsByAliases() {
        get(client.createCollectionAsync("docs", PLAIN));
        get(client.createCollectionAsync("next", PLAIN));
        assertTrue(get(client.createAliasAsync("live", "docs")).getResult());
        assertEquals(0, get(client.countAsync("live")));
        assertEquals(List.of("live"), get(client.listCollectionAliasesAsync("docs")));
        assertTrue(get(client.renameAliasAsync("live", "current")).getResult());
        var aliases = get(client.listAliasesAsync());
        assertEquals(1, aliases.size());
        assertEquals("current", aliases.getFirst().getAliasName());
        assertEquals("docs", aliases.getFirst().getCollectionName());
        assertEquals(
                Status.Code.NOT_FOUND,
                refusal(client.createAliasAsync("other", "nowhere")).getCode());
        assertEquals(
                Status.Code.ALREADY_EXISTS,
                refusal(client.createAliasAsync("next", "docs")).getCode());
        assertTrue(get(client.deleteAliasAsync("current")).getResult());
        assertEquals(List.of(), get(client.listAliasesAsync()));
    }

    @Test
    void tellsAndEnforcesStrictMode() {
        get(client.createCollectionAsync(CreateCollection.newBuilder()
                .setCollectionName("strict")
                .setVectorsConfig(VectorsConfig.newBuilder().setParams(PLAIN))
                .setStrictModeConfig(StrictModeConfig.newBuilder()
                        .setEnabled(true)
                        .setMaxQueryLimit(5)
                        .setReadRateLimit(1_000)
                        .setSearchAllowExact(false)
                        .setMaxTimeout(3))
                .build()));
        StrictModeConfig strict =
                get(client.getCollectionInfoAsync("strict")).getConfig().getStrictModeConfig();
        assertTrue(strict.getEnabled());
        assertEquals(5, strict.getMaxQueryLimit());
        assertEquals(1_000, strict.getReadRateLimit());
        assertTrue(strict.hasSearchAllowExact() && !strict.getSearchAllowExact());
        QueryPoints asked = QueryPoints.newBuilder()
                .setCollectionName("strict")
                .setQuery(nearest(1, 0, 0, 0))
                .setLimit(5)
                .build();
        assertEquals(List.of(), get(client.queryAsync(asked)));
        assertEquals(
                Status.Code.INVALID_ARGUMENT,
                refusal(client.queryAsync(asked.toBuilder().setLimit(6).build()))
                        .getCode());
        assertEquals(
                Status.Code.INVALID_ARGUMENT,
                refusal(client.queryAsync(asked.toBuilder().setTimeout(4).build()))
                        .getCode());
    }

    @Test
    void takesVectorFieldsThatComeLater() {
        get(client.createCollectionAsync("docs", PLAIN));
        get(client.createVectorNameAsync(CreateVectorNameRequest.newBuilder()
                .setCollectionName("docs")
                .setWait(true)
                .setVectorName("more")
                .setDenseConfig(
                        DenseVectorCreationConfig.newBuilder().setSize(3).setDistance(Distance.Euclid))
                .build()));
        assertEquals(
                3,
                get(client.getCollectionInfoAsync("docs"))
                        .getConfig()
                        .getParams()
                        .getVectorsConfig()
                        .getParamsMap()
                        .getMapOrThrow("more")
                        .getSize());
        get(client.deleteVectorNameAsync(DeleteVectorNameRequest.newBuilder()
                .setCollectionName("docs")
                .setWait(true)
                .setVectorName("more")
                .build()));
        assertEquals(
                4,
                get(client.getCollectionInfoAsync("docs"))
                        .getConfig()
                        .getParams()
                        .getVectorsConfig()
                        .getParams()
                        .getSize());
    }

    @Test
    void tellsIndexesWithTheirParameters() {
        get(client.createCollectionAsync("docs", PLAIN));
        get(client.createPayloadIndexAsync(
                "docs",
                "text",
                PayloadSchemaType.Text,
                PayloadIndexParams.newBuilder()
                        .setTextIndexParams(TextIndexParams.newBuilder()
                                .setTokenizer(TokenizerType.Whitespace)
                                .setLowercase(true)
                                .setMinTokenLen(2)
                                .setStopwords(StopwordsSet.newBuilder().addLanguages("english"))
                                .setStemmer(StemmingAlgorithm.newBuilder()
                                        .setSnowball(SnowballParams.newBuilder().setLanguage("english"))))
                        .build(),
                true,
                null,
                null));
        get(client.createPayloadIndexAsync(
                "docs",
                "owner",
                PayloadSchemaType.Keyword,
                PayloadIndexParams.newBuilder()
                        .setKeywordIndexParams(KeywordIndexParams.newBuilder().setIsTenant(true))
                        .build(),
                true,
                null,
                null));
        CollectionInfo info = get(client.getCollectionInfoAsync("docs"));
        assertTrue(info.getPayloadSchemaOrThrow("owner")
                .getParams()
                .getKeywordIndexParams()
                .getIsTenant());
        TextIndexParams text = info.getPayloadSchemaOrThrow("text").getParams().getTextIndexParams();
        assertEquals(TokenizerType.Whitespace, text.getTokenizer());
        assertEquals(2, text.getMinTokenLen());
        assertEquals(List.of("english"), text.getStopwords().getLanguagesList());
        assertEquals("english", text.getStemmer().getSnowball().getLanguage());
    }

    @Test
    void keepsTenantsApart() {
        get(client.createCollectionAsync("docs", PLAIN));
        try (QdrantClient other = store.client(GrpcStore.GLOBEX_KEY)) {
            assertEquals(List.of(), get(other.listCollectionsAsync()));
            assertEquals(
                    Status.Code.NOT_FOUND, refusal(other.countAsync("docs")).getCode());
        }
    }
}
