package dev.pagoda.vectors.hnsw;

import java.util.Arrays;

/// How the nodes of an index were linked at one moment; the vectors are apart, see [HnswIndex#row].
///
/// @param nodes  those in the graph by ascending number, removed ones that had not left included
/// @param live   for each node, whether it was not removed
/// @param lowest for each node the links of its lowest layer, with their marks
/// @param upper  for each node the links of each layer above
/// @param entry  layer and node of the entry point, -1 if there was none
/// @param root   from where every live node could be reached, -1 if there was none
public record Image(int[] nodes, boolean[] live, int[][] lowest, int[][][] upper, long entry, int root) {

    static Image of(HnswIndex index) {
        int count = 0;
        int[] nodes = new int[16];
        // while the links are still being read there are none to tell of
        int first = index.unlinked.isRestoring() ? -1 : index.present.next(0);
        for (int node = first; node >= 0; node = index.present.next(node + 1)) {
            if (index.unlinked.has(node)) {
                continue;
            }
            if (count == nodes.length) {
                nodes = Arrays.copyOf(nodes, count + (count >> 1));
            }
            nodes[count++] = node;
        }
        nodes = Arrays.copyOf(nodes, count);
        boolean[] live = new boolean[count];
        int[][] lowest = new int[count][];
        int[][][] upper = new int[count][][];
        for (int i = 0; i < count; i++) {
            int node = nodes[i];
            live[i] = index.linked.has(node);
            int[] links = new int[index.links.count(node)];
            for (int slot = 0; slot < links.length; slot++) {
                links[slot] = index.links.slot(node, slot);
            }
            lowest[i] = present(index, links);
            upper[i] = new int[index.upper.level(node)][];
            for (int layer = 1; layer <= upper[i].length; layer++) {
                upper[i][layer - 1] = present(index, index.upper.list(node, layer));
            }
        }
        return new Image(nodes, live, lowest, upper, index.entry, index.root);
    }

    /// A removed node that waits for its repair may still have links to others that have left, and whose numbers
    /// may be those of new nodes that wait for links.
    private static int[] present(HnswIndex index, int[] links) {
        int count = 0;
        int[] kept = new int[links.length];
        for (int link : links) {
            int node = link & Links.NODE;
            if (index.present.has(node) && !index.unlinked.has(node)) {
                kept[count++] = link;
            }
        }
        return count == links.length ? links : Arrays.copyOf(kept, count);
    }
}
