package dev.pagoda.gateway.model;

import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// Measured times of one layer's attention: a chunk of a prompt with what it continues, beside some decodes of equal
/// context. Linear between the points along each of the four axes.
///
/// The points need not fill a box: each value along one axis has its own values along the next.
public final class AttentionTable {
    private static final int AXES = 4;

    private final Node root;

    /// One value per child, ordered; the last axis holds times instead.
    private record Node(int[] at, Node[] children, double[] micros) {
        double micros(double[] where, int axis) {
            double x = where[axis];
            if (at.length == 1) {
                return child(0, where, axis);
            }
            int upper = Curve.upper(at, x);
            if (at[upper] == x) {
                return child(upper, where, axis);
            }
            if (at[upper - 1] == x) {
                return child(upper - 1, where, axis);
            }
            double low = child(upper - 1, where, axis);
            return low + Curve.share(at, upper, x) * (child(upper, where, axis) - low);
        }

        private double child(int index, double[] where, int axis) {
            return axis == AXES - 1 ? micros[index] : children[index].micros(where, axis + 1);
        }
    }

    private AttentionTable(Node root) {
        this.root = root;
    }

    /// Collects the points of a table.
    public static final class Points {
        private final NavigableMap<Integer, Object> root = new TreeMap<>();

        /// @return whether the point is new
        @SuppressWarnings("unchecked") // every level but the last maps to maps, by construction
        public boolean add(int chunk, int past, int decodes, int context, double micros) {
            NavigableMap<Integer, Object> level = root;
            for (int each : new int[] {chunk, past, decodes}) {
                level = (NavigableMap<Integer, Object>)
                        level.computeIfAbsent(each, absent -> new TreeMap<Integer, Object>());
            }
            return level.put(context, micros) == null;
        }

        public boolean isEmpty() {
            return root.isEmpty();
        }

        public AttentionTable table() {
            return new AttentionTable(node(root, 0));
        }

        @SuppressWarnings("unchecked") // as above
        private static Node node(NavigableMap<Integer, Object> level, int axis) {
            int[] at = new int[level.size()];
            Node[] children = new Node[axis == AXES - 1 ? 0 : level.size()];
            double[] micros = new double[axis == AXES - 1 ? level.size() : 0];
            int i = 0;
            for (Map.Entry<Integer, Object> each : level.entrySet()) {
                at[i] = each.getKey();
                if (axis == AXES - 1) {
                    micros[i] = (Double) each.getValue();
                } else {
                    children[i] = node((NavigableMap<Integer, Object>) each.getValue(), axis + 1);
                }
                i++;
            }
            return new Node(at, children, micros);
        }
    }

    /// The chunk sizes that were measured, ascending.
    public int[] chunks() {
        return Arrays.copyOf(root.at(), root.at().length);
    }

    /// @param chunk   tokens of the chunk, 0 for none
    /// @param past    tokens before it
    /// @param decodes sequences that continue, 0 for none
    /// @param context tokens that each of these has before it
    public double micros(double chunk, double past, double decodes, double context) {
        if (chunk <= 0 && decodes <= 0) {
            return 0;
        }
        double[] where = {
            Math.max(0, chunk), chunk > 0 ? Math.max(0, past) : 0, Math.max(0, decodes), decodes > 0 ? context : 0
        };
        return Math.max(0, root.micros(where, 0));
    }
}
