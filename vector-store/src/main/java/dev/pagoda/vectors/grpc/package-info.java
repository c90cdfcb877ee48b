/// Qdrant's gRPC services: messages are told as the bodies of the HTTP paths, and answers are told back as messages.
@NullMarked
package dev.pagoda.vectors.grpc;

import org.jspecify.annotations.NullMarked;
