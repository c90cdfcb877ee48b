/// The floor of every HTTP surface: authentication, limits, request ids, errors in the protocol's own form.
@NullMarked
package dev.pagoda.governance.http;

import org.jspecify.annotations.NullMarked;
