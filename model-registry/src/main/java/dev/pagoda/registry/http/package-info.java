/// The routes below /platform/models.
@NullMarked
package dev.pagoda.registry.http;

import org.jspecify.annotations.NullMarked;
