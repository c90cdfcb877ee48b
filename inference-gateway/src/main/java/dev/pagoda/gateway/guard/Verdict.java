package dev.pagoda.gateway.guard;

import dev.pagoda.gateway.guard.GuardPolicy.Action;
import java.util.Locale;

/// What a check found, and what was done.
///
/// @param where `input` or `output`
/// @param check the check's name
/// @param what  such as `email`
record Verdict(String where, String check, String what, Action action) {
    /// For the request log, such as `output pii email mask`.
    String text() {
        return where + " " + check + " " + what + " " + action.name().toLowerCase(Locale.ROOT);
    }
}
