/// The write-ahead log, framed files with checksums, and the encoding of values in them.
@NullMarked
package dev.pagoda.vectors.storage;

import org.jspecify.annotations.NullMarked;
