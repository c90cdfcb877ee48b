package dev.pagoda.deploy.bench;

/// Which rows a search may answer.
///
/// @param name     as in the results and, with `gt_` before it, in file names
/// @param modulus  1 for every row; otherwise the rows whose id has the remainder [#REMAINDER]
/// @param required whether a set must have this ground truth
record ResultTag(String name, int modulus, boolean required) {
    static final int REMAINDER = 3;

    static final ResultTag ALL = new ResultTag("all", 1, true);
    static final ResultTag TENTH = new ResultTag("f10", 10, false);
    static final ResultTag HUNDREDTH = new ResultTag("f1", 100, false);

    static boolean accepts(int id, int modulus) {
        return modulus == 1 || id % modulus == REMAINDER;
    }

    String truthFile(String set) {
        return required ? set + "_gt.ivecs" : set + "_gt_" + name + ".ivecs";
    }
}
