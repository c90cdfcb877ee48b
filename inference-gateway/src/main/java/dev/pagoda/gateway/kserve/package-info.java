/// The Open Inference Protocol (KServe v2) over REST: health, metadata, and inference by the embedding models.
@NullMarked
package dev.pagoda.gateway.kserve;

import org.jspecify.annotations.NullMarked;
