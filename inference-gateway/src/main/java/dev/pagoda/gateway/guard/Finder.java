package dev.pagoda.gateway.guard;

import java.util.List;

/// Looks for something that has a place in a text. Safe from any thread.
interface Finder {
    /// What it finds is never longer than this when it has no white space.
    int maxChars();

    /// What it finds is never longer than this when it has white space.
    int maxSpacedChars();

    /// In order of their place.
    List<Finding> find(String text);
}
