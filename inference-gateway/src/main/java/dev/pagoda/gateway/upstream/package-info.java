/// Servers of others that speak OpenAI's API: what is sent on to them unread, and what of it must be read all
/// the same.
@NullMarked
package dev.pagoda.gateway.upstream;

import org.jspecify.annotations.NullMarked;
