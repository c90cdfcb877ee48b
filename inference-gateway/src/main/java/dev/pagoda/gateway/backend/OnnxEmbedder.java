package dev.pagoda.gateway.backend;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.Map;

/// One embedding model, run by ONNX Runtime on the calling thread.
///
/// Texts go through one by one: the weights are quantised with scales that depend on the whole input tensor, so
/// that a text in a batch would get another vector than alone. Threads give the parallelism.
///
/// Loading takes about a quarter of a second and 100 MB, so create it when it is first needed. Safe from any thread.
public final class OnnxEmbedder implements AutoCloseable {
    static {
        // the tokenizer's library reports its start to a server of its makers unless this is set
        System.setProperty("OPT_OUT_TRACKING", "true");
    }

    private final EmbeddingModel model;
    private final HuggingFaceTokenizer tokenizer;
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final boolean wantsTypes;

    public OnnxEmbedder(EmbeddingModel model) {
        this.model = model;
        try {
            this.environment = OrtEnvironment.getEnvironment();
            this.tokenizer = openTokenizer(model);
            this.session = openSession(environment, model);
            this.wantsTypes = session.getInputNames().contains("token_type_ids");
        } catch (IOException unreadable) {
            throw new UncheckedIOException("the weights of " + model.id() + " cannot be read", unreadable);
        } catch (OrtException broken) {
            throw new IllegalStateException("ONNX Runtime cannot load " + model.id(), broken);
        }
    }

    public EmbeddingModel model() {
        return model;
    }

    /// A text's vector and the tokens that were read, special ones included.
    ///
    /// @param vector `float[dimension]`, unit length; the receiver owns it
    public record Embedded(float[] vector, int tokens) {}

    /// Embeds one text; what is beyond the model's length is not read.
    public Embedded embed(String text) {
        Encoding encoding = tokenizer.encode(text);
        long[] ids = encoding.getIds();
        long[] shape = {1, ids.length};
        Map<String, OnnxTensor> inputs = HashMap.newHashMap(3);
        try {
            try {
                inputs.put("input_ids", OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape));
                inputs.put(
                        "attention_mask",
                        OnnxTensor.createTensor(environment, LongBuffer.wrap(encoding.getAttentionMask()), shape));
                if (wantsTypes) {
                    inputs.put(
                            "token_type_ids",
                            OnnxTensor.createTensor(environment, LongBuffer.wrap(encoding.getTypeIds()), shape));
                }
                try (OrtSession.Result result = session.run(inputs)) {
                    FloatBuffer hidden = ((OnnxTensor) result.get(0)).getFloatBuffer();
                    return new Embedded(unit(pool(hidden, ids.length)), ids.length);
                }
            } finally {
                inputs.values().forEach(OnnxTensor::close);
            }
        } catch (OrtException broken) {
            throw new IllegalStateException(model.id() + " failed on a text of " + ids.length + " tokens", broken);
        }
    }

    @Override
    public void close() {
        tokenizer.close();
        try {
            session.close();
        } catch (OrtException broken) {
            throw new IllegalStateException("ONNX Runtime cannot close " + model.id(), broken);
        }
    }

    private float[] pool(FloatBuffer hidden, int tokens) {
        float[] vector = new float[model.dimension()];
        hidden.get(0, vector);
        return switch (model) {
            case BGE_SMALL_ZH_V15 -> vector;
            case ALL_MINILM_L6_V2 -> {
                float[] row = new float[vector.length];
                for (int token = 1; token < tokens; token++) {
                    hidden.get(token * row.length, row);
                    for (int i = 0; i < row.length; i++) {
                        vector[i] += row[i];
                    }
                }
                yield vector;
            }
        };
    }

    private static float[] unit(float[] vector) {
        double squares = 0;
        for (float component : vector) {
            squares += (double) component * component;
        }
        float scale = squares == 0 ? 0 : (float) (1 / Math.sqrt(squares));
        for (int i = 0; i < vector.length; i++) {
            vector[i] *= scale;
        }
        return vector;
    }

    private static HuggingFaceTokenizer openTokenizer(EmbeddingModel model) throws IOException {
        Map<String, String> options =
                Map.of("padding", "false", "truncation", "true", "maxLength", Integer.toString(model.maxTokens()));
        try (InputStream vocabulary = resource(model.tokenizer())) {
            return HuggingFaceTokenizer.newInstance(vocabulary, options);
        }
    }

    private static OrtSession openSession(OrtEnvironment environment, EmbeddingModel model)
            throws IOException, OrtException {
        try (InputStream weights = resource(model.weights());
                var options = new OrtSession.SessionOptions()) {
            // one thread a text, and none that spins: the callers' pool is the only bound on cores
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            return environment.createSession(weights.readAllBytes(), options);
        }
    }

    private static InputStream resource(String name) throws IOException {
        InputStream stream = OnnxEmbedder.class.getResourceAsStream(name);
        if (stream == null) {
            throw new IOException(name + " is not on the class path");
        }
        return stream;
    }
}
