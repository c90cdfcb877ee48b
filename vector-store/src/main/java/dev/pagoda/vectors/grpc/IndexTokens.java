package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.ValueTokens.malformed;
import static dev.pagoda.vectors.grpc.ValueTokens.textsField;

import com.fasterxml.jackson.core.JsonGenerator;
import com.google.protobuf.Message;
import io.qdrant.client.grpc.Collections.PayloadIndexParams;
import io.qdrant.client.grpc.Collections.TextIndexParams;
import io.qdrant.client.grpc.Points.CreateFieldIndexCollection;
import io.qdrant.client.grpc.Points.FieldType;
import java.io.IOException;

/// Payload indexes as the bodies of the HTTP paths tell them.
final class IndexTokens {
    private IndexTokens() {}

    static void create(JsonGenerator out, CreateFieldIndexCollection request) throws IOException {
        out.writeStartObject();
        out.writeStringField("field_name", request.getFieldName());
        if (request.hasFieldIndexParams()) {
            PayloadIndexParams params = request.getFieldIndexParams();
            String type = type(params);
            if (request.hasFieldType() && !type(request.getFieldType()).equals(type)) {
                throw malformed(
                        "field_type is " + type(request.getFieldType()) + ", but the parameters are those of " + type);
            }
            out.writeObjectFieldStart("field_schema");
            out.writeStringField("type", type);
            if (params.hasTextIndexParams()) {
                text(out, params.getTextIndexParams());
            } else {
                ValueTokens.scalars(out, params(params));
            }
            out.writeEndObject();
        } else if (request.hasFieldType()) {
            out.writeStringField("field_schema", type(request.getFieldType()));
        }
        out.writeEndObject();
    }

    private static String type(FieldType type) {
        return switch (type) {
            case FieldTypeKeyword -> "keyword";
            case FieldTypeInteger -> "integer";
            case FieldTypeFloat -> "float";
            case FieldTypeGeo -> "geo";
            case FieldTypeText -> "text";
            case FieldTypeBool -> "bool";
            case FieldTypeDatetime -> "datetime";
            case FieldTypeUuid -> "uuid";
            case UNRECOGNIZED -> throw malformed("an unknown type of field index");
        };
    }

    private static String type(PayloadIndexParams params) {
        return switch (params.getIndexParamsCase()) {
            case KEYWORD_INDEX_PARAMS -> "keyword";
            case INTEGER_INDEX_PARAMS -> "integer";
            case FLOAT_INDEX_PARAMS -> "float";
            case GEO_INDEX_PARAMS -> "geo";
            case TEXT_INDEX_PARAMS -> "text";
            case BOOL_INDEX_PARAMS -> "bool";
            case DATETIME_INDEX_PARAMS -> "datetime";
            case UUID_INDEX_PARAMS -> "uuid";
            case INDEXPARAMS_NOT_SET -> throw malformed("the parameters of a field index say nothing");
        };
    }

    private static Message params(PayloadIndexParams params) {
        return switch (params.getIndexParamsCase()) {
            case KEYWORD_INDEX_PARAMS -> params.getKeywordIndexParams();
            case INTEGER_INDEX_PARAMS -> params.getIntegerIndexParams();
            case FLOAT_INDEX_PARAMS -> params.getFloatIndexParams();
            case GEO_INDEX_PARAMS -> params.getGeoIndexParams();
            case TEXT_INDEX_PARAMS -> params.getTextIndexParams();
            case BOOL_INDEX_PARAMS -> params.getBoolIndexParams();
            case DATETIME_INDEX_PARAMS -> params.getDatetimeIndexParams();
            case UUID_INDEX_PARAMS -> params.getUuidIndexParams();
            case INDEXPARAMS_NOT_SET -> throw malformed("the parameters of a field index say nothing");
        };
    }

    private static void text(JsonGenerator out, TextIndexParams params) throws IOException {
        ValueTokens.scalars(out, params);
        switch (params.getTokenizer()) {
            case Prefix -> out.writeStringField("tokenizer", "prefix");
            case Whitespace -> out.writeStringField("tokenizer", "whitespace");
            case Word -> out.writeStringField("tokenizer", "word");
            case Multilingual -> out.writeStringField("tokenizer", "multilingual");
            case Unknown -> {}
            case UNRECOGNIZED -> throw malformed("an unknown tokenizer");
        }
        if (params.hasStopwords()) {
            out.writeObjectFieldStart("stopwords");
            textsField(out, "languages", params.getStopwords().getLanguagesList());
            textsField(out, "custom", params.getStopwords().getCustomList());
            out.writeEndObject();
        }
        if (params.hasStemmer()) {
            out.writeObjectFieldStart("stemmer");
            switch (params.getStemmer().getStemmingParamsCase()) {
                case SNOWBALL -> {
                    out.writeStringField("type", "snowball");
                    out.writeStringField(
                            "language", params.getStemmer().getSnowball().getLanguage());
                }
                case STEMMINGPARAMS_NOT_SET -> out.writeStringField("type", "none");
            }
            out.writeEndObject();
        }
    }
}
