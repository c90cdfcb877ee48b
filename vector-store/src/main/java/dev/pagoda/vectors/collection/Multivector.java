package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.Datatype;
import dev.pagoda.vectors.api.VectorValue.Multi;

/// The vectors that a point has in a multivector field, end to end, in as few bytes as their numbers need.
sealed interface Multivector {
    int dimensions();

    /// How many vectors they are.
    int count();

    /// Their numbers, which are only read.
    float[] numbers();

    /// Bytes taken, about.
    long bytes();

    record Floats(int dimensions, float[] numbers) implements Multivector {
        @Override
        public int count() {
            return numbers.length / dimensions;
        }

        @Override
        public long bytes() {
            return OBJECTS + numbers.length * (long) Float.BYTES;
        }
    }

    record Halves(int dimensions, short[] halves) implements Multivector {
        @Override
        public int count() {
            return halves.length / dimensions;
        }

        @Override
        public float[] numbers() {
            float[] numbers = new float[halves.length];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = Float.float16ToFloat(halves[i]);
            }
            return numbers;
        }

        @Override
        public long bytes() {
            return OBJECTS + halves.length * (long) Short.BYTES;
        }
    }

    record Bytes(int dimensions, byte[] whole) implements Multivector {
        @Override
        public int count() {
            return whole.length / dimensions;
        }

        @Override
        public float[] numbers() {
            float[] numbers = new float[whole.length];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = whole[i] & 0xff;
            }
            return numbers;
        }

        @Override
        public long bytes() {
            return (long) OBJECTS + whole.length;
        }
    }

    /// What the objects around the numbers take.
    int OBJECTS = 48;

    /// @param multi rounded to the datatype already
    static Multivector of(Datatype datatype, Multi multi) {
        float[][] vectors = multi.vectors();
        int dimensions = vectors[0].length;
        float[] numbers = new float[vectors.length * dimensions];
        for (int i = 0; i < vectors.length; i++) {
            System.arraycopy(vectors[i], 0, numbers, i * dimensions, dimensions);
        }
        return switch (datatype) {
            case FLOAT32, TURBO4 -> new Floats(dimensions, numbers);
            case FLOAT16 -> {
                short[] halves = new short[numbers.length];
                for (int i = 0; i < halves.length; i++) {
                    halves[i] = Float.floatToFloat16(numbers[i]);
                }
                yield new Halves(dimensions, halves);
            }
            case UINT8 -> {
                byte[] whole = new byte[numbers.length];
                for (int i = 0; i < whole.length; i++) {
                    whole[i] = (byte) numbers[i];
                }
                yield new Bytes(dimensions, whole);
            }
        };
    }

    /// The vectors apart again.
    default Multi value() {
        float[] numbers = numbers();
        float[][] vectors = new float[numbers.length / dimensions()][dimensions()];
        for (int i = 0; i < vectors.length; i++) {
            System.arraycopy(numbers, i * dimensions(), vectors[i], 0, dimensions());
        }
        return new Multi(vectors);
    }
}
