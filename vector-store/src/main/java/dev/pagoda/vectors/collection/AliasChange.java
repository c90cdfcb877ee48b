package dev.pagoda.vectors.collection;

/// A change of the other names that a tenant's collections have. Several of one request happen together, each seeing
/// those before it.
public sealed interface AliasChange {

    /// The alias means a collection from now on, whatever it meant before.
    record Assign(String alias, String collection) implements AliasChange {}

    /// The alias is gone; one that is not there may be removed too.
    record Remove(String alias) implements AliasChange {}

    /// What an alias means has another name from now on.
    record Rename(String from, String to) implements AliasChange {}
}
