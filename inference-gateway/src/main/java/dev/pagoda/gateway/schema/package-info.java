/// JSON by schema: values written from what a conversation says, and the check that they keep their schema.
@NullMarked
package dev.pagoda.gateway.schema;

import org.jspecify.annotations.NullMarked;
