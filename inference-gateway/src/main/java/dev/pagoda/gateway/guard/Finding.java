package dev.pagoda.gateway.guard;

/// Something found in a text.
///
/// @param what  such as `email`
/// @param start its first character
/// @param end   behind its last
record Finding(String what, int start, int end) {}
