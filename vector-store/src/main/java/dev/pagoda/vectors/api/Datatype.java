package dev.pagoda.vectors.api;

/// What the numbers of a dense field's vectors are kept as, and so how they are rounded when written.
public enum Datatype {
    FLOAT32,
    /// IEEE 754 half floats: 11 bits, at most 65,504 by magnitude.
    FLOAT16,
    /// Whole numbers: a fraction is cut off, and what lies outside of 0 to 255 becomes the nearer of the two.
    /// Under cosine the vector is kept as it was given, and only compared at unit length.
    UINT8,
    /// Four bits a dimension would do for the caller; kept as 32-bit floats.
    TURBO4;

    /// A number as it is kept; infinite if it is too large to be.
    public float rounded(float value) {
        return switch (this) {
            case FLOAT32, TURBO4 -> value;
            case FLOAT16 -> Float.float16ToFloat(Float.floatToFloat16(value));
            case UINT8 -> Math.clamp((int) value, 0, 255);
        };
    }
}
