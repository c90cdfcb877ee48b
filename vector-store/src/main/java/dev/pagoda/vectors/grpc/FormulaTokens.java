package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.ValueTokens.malformed;
import static dev.pagoda.vectors.grpc.ValueTokens.numberField;

import com.fasterxml.jackson.core.JsonGenerator;
import io.qdrant.client.grpc.Points.DecayParamsExpression;
import io.qdrant.client.grpc.Points.Expression;
import java.io.IOException;
import java.util.List;

/// Formulas as the bodies of the HTTP paths tell them.
final class FormulaTokens {
    private FormulaTokens() {}

    static void expression(JsonGenerator out, Expression expression) throws IOException {
        switch (expression.getVariantCase()) {
            case CONSTANT -> out.writeNumber(expression.getConstant());
            case VARIABLE -> out.writeString(expression.getVariable());
            case CONDITION -> FilterTokens.condition(out, expression.getCondition());
            case GEO_DISTANCE -> {
                out.writeStartObject();
                out.writeObjectFieldStart("geo_distance");
                FilterTokens.place(out, "origin", expression.getGeoDistance().getOrigin());
                out.writeStringField("to", expression.getGeoDistance().getTo());
                out.writeEndObject();
                out.writeEndObject();
            }
            case DATETIME -> text(out, "datetime", expression.getDatetime());
            case DATETIME_KEY -> text(out, "datetime_key", expression.getDatetimeKey());
            case MULT -> several(out, "mult", expression.getMult().getMultList());
            case SUM -> several(out, "sum", expression.getSum().getSumList());
            case NEG -> one(out, "neg", expression.getNeg());
            case ABS -> one(out, "abs", expression.getAbs());
            case SQRT -> one(out, "sqrt", expression.getSqrt());
            case EXP -> one(out, "exp", expression.getExp());
            case LOG10 -> one(out, "log10", expression.getLog10());
            case LN -> one(out, "ln", expression.getLn());
            case DIV -> {
                out.writeStartObject();
                out.writeObjectFieldStart("div");
                part(out, "left", expression.getDiv().getLeft());
                part(out, "right", expression.getDiv().getRight());
                if (expression.getDiv().hasByZeroDefault()) {
                    numberField(out, "by_zero_default", expression.getDiv().getByZeroDefault());
                }
                out.writeEndObject();
                out.writeEndObject();
            }
            case POW -> {
                out.writeStartObject();
                out.writeObjectFieldStart("pow");
                part(out, "base", expression.getPow().getBase());
                part(out, "exponent", expression.getPow().getExponent());
                out.writeEndObject();
                out.writeEndObject();
            }
            case EXP_DECAY -> decay(out, "exp_decay", expression.getExpDecay());
            case GAUSS_DECAY -> decay(out, "gauss_decay", expression.getGaussDecay());
            case LIN_DECAY -> decay(out, "lin_decay", expression.getLinDecay());
            case VARIANT_NOT_SET -> throw malformed("an expression says nothing");
        }
    }

    private static void part(JsonGenerator out, String name, Expression expression) throws IOException {
        out.writeFieldName(name);
        expression(out, expression);
    }

    private static void text(JsonGenerator out, String name, String text) throws IOException {
        out.writeStartObject();
        out.writeStringField(name, text);
        out.writeEndObject();
    }

    private static void one(JsonGenerator out, String name, Expression expression) throws IOException {
        out.writeStartObject();
        part(out, name, expression);
        out.writeEndObject();
    }

    private static void several(JsonGenerator out, String name, List<Expression> expressions) throws IOException {
        out.writeStartObject();
        out.writeArrayFieldStart(name);
        for (Expression each : expressions) {
            expression(out, each);
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static void decay(JsonGenerator out, String name, DecayParamsExpression decay) throws IOException {
        out.writeStartObject();
        out.writeObjectFieldStart(name);
        part(out, "x", decay.getX());
        if (decay.hasTarget()) {
            part(out, "target", decay.getTarget());
        }
        if (decay.hasScale()) {
            numberField(out, "scale", decay.getScale());
        }
        if (decay.hasMidpoint()) {
            numberField(out, "midpoint", decay.getMidpoint());
        }
        out.writeEndObject();
        out.writeEndObject();
    }
}
