/// `pagoda bench vectors`: our vector index and its peers under the same conditions, and the data they are measured on.
@NullMarked
package dev.pagoda.deploy.bench;

import org.jspecify.annotations.NullMarked;
