/// Answers that were recorded or written beforehand, for tests that must not depend on a server: cassettes and scripts.
@NullMarked
package dev.pagoda.gateway.cassette;

import org.jspecify.annotations.NullMarked;
