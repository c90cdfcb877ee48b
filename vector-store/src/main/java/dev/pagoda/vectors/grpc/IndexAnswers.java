package dev.pagoda.vectors.grpc;

import com.fasterxml.jackson.databind.JsonNode;
import io.qdrant.client.grpc.Collections.BoolIndexParams;
import io.qdrant.client.grpc.Collections.DatetimeIndexParams;
import io.qdrant.client.grpc.Collections.FloatIndexParams;
import io.qdrant.client.grpc.Collections.GeoIndexParams;
import io.qdrant.client.grpc.Collections.IntegerIndexParams;
import io.qdrant.client.grpc.Collections.KeywordIndexParams;
import io.qdrant.client.grpc.Collections.PayloadIndexParams;
import io.qdrant.client.grpc.Collections.PayloadSchemaInfo;
import io.qdrant.client.grpc.Collections.PayloadSchemaType;
import io.qdrant.client.grpc.Collections.SnowballParams;
import io.qdrant.client.grpc.Collections.StemmingAlgorithm;
import io.qdrant.client.grpc.Collections.StopwordsSet;
import io.qdrant.client.grpc.Collections.TextIndexParams;
import io.qdrant.client.grpc.Collections.TokenizerType;
import io.qdrant.client.grpc.Collections.UuidIndexParams;

/// Reads what the HTTP paths tell about payload indexes as the messages that they are.
final class IndexAnswers {
    private IndexAnswers() {}

    static PayloadSchemaInfo schema(JsonNode node) {
        String type = node.path("data_type").asText();
        PayloadSchemaInfo.Builder schema = PayloadSchemaInfo.newBuilder()
                .setDataType(
                        switch (type) {
                            case "keyword" -> PayloadSchemaType.Keyword;
                            case "integer" -> PayloadSchemaType.Integer;
                            case "float" -> PayloadSchemaType.Float;
                            case "geo" -> PayloadSchemaType.Geo;
                            case "text" -> PayloadSchemaType.Text;
                            case "bool" -> PayloadSchemaType.Bool;
                            case "datetime" -> PayloadSchemaType.Datetime;
                            case "uuid" -> PayloadSchemaType.Uuid;
                            default -> PayloadSchemaType.UnknownType;
                        })
                .setPoints(node.path("points").asLong());
        if (node.path("params").isObject()) {
            schema.setParams(params(type, node.get("params")));
        }
        return schema.build();
    }

    private static PayloadIndexParams params(String type, JsonNode node) {
        PayloadIndexParams.Builder params = PayloadIndexParams.newBuilder();
        switch (type) {
            case "keyword" -> {
                KeywordIndexParams.Builder own = KeywordIndexParams.newBuilder();
                ConfigAnswers.plain(node, own);
                params.setKeywordIndexParams(own);
            }
            case "integer" -> {
                IntegerIndexParams.Builder own = IntegerIndexParams.newBuilder();
                ConfigAnswers.plain(node, own);
                params.setIntegerIndexParams(own);
            }
            case "float" -> {
                FloatIndexParams.Builder own = FloatIndexParams.newBuilder();
                ConfigAnswers.plain(node, own);
                params.setFloatIndexParams(own);
            }
            case "geo" -> {
                GeoIndexParams.Builder own = GeoIndexParams.newBuilder();
                ConfigAnswers.plain(node, own);
                params.setGeoIndexParams(own);
            }
            case "text" -> params.setTextIndexParams(text(node));
            case "bool" -> {
                BoolIndexParams.Builder own = BoolIndexParams.newBuilder();
                ConfigAnswers.plain(node, own);
                params.setBoolIndexParams(own);
            }
            case "datetime" -> {
                DatetimeIndexParams.Builder own = DatetimeIndexParams.newBuilder();
                ConfigAnswers.plain(node, own);
                params.setDatetimeIndexParams(own);
            }
            case "uuid" -> {
                UuidIndexParams.Builder own = UuidIndexParams.newBuilder();
                ConfigAnswers.plain(node, own);
                params.setUuidIndexParams(own);
            }
            default -> {}
        }
        return params.build();
    }

    private static TextIndexParams text(JsonNode node) {
        TextIndexParams.Builder text = TextIndexParams.newBuilder();
        ConfigAnswers.plain(node, text);
        text.setTokenizer(
                switch (node.path("tokenizer").asText("word")) {
                    case "prefix" -> TokenizerType.Prefix;
                    case "whitespace" -> TokenizerType.Whitespace;
                    case "multilingual" -> TokenizerType.Multilingual;
                    default -> TokenizerType.Word;
                });
        JsonNode stopwords = node.path("stopwords");
        if (stopwords.isTextual()) {
            text.setStopwords(StopwordsSet.newBuilder().addLanguages(stopwords.asText()));
        } else if (stopwords.isObject()) {
            StopwordsSet.Builder set = StopwordsSet.newBuilder();
            stopwords.path("languages").forEach(each -> set.addLanguages(each.asText()));
            stopwords.path("custom").forEach(each -> set.addCustom(each.asText()));
            text.setStopwords(set);
        }
        if ("snowball".equals(node.path("stemmer").path("type").asText())) {
            text.setStemmer(StemmingAlgorithm.newBuilder()
                    .setSnowball(SnowballParams.newBuilder()
                            .setLanguage(node.path("stemmer").path("language").asText())));
        }
        return text.build();
    }
}
