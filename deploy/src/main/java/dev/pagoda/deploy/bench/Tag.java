package dev.pagoda.deploy.bench;

/// Which rows a search may answer.
///
/// @param name     as in the results and, with `gt_` before it, in file names
/// @param modulus  1 for every row; otherwise the rows whose id has the remainder [#REMAINDER]
/// @param required whether a set must have this ground truth
record Tag(String name, int modulus, boolean required) {
    static final int REMAINDER = 3;

    static final Tag ALL = new Tag("all", 1, true);
    static final Tag TENTH = new Tag("f10", 10, false);
    static final Tag HUNDREDTH = new Tag("f1", 100, false);

    static boolean accepts(int id, int modulus) {
        return modulus == 1 || id % modulus == REMAINDER;
    }

    String truthFile(String set) {
        return required ? set + "_gt.ivecs" : set + "_gt_" + name + ".ivecs";
    }
}
