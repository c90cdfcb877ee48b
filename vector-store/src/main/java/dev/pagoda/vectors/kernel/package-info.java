/// How far apart two vectors are: each kernel once in plain Java and once in the Vector API.
@NullMarked
package dev.pagoda.vectors.kernel;

import org.jspecify.annotations.NullMarked;
