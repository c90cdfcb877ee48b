package dev.pagoda.deploy.bench;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/// The lines that a child process of our own index writes: results, each figure beside its bar, and progress; fields
/// separated by tabs.
///
/// @param system that is measured, see [PagodaContender#system]
/// @param set    its name
record ReportLines(String system, String set, PrintStream out) {
    void line(String kind, List<String> fields) {
        out.println(kind + "\t" + system + "\t" + set + "\t" + String.join("\t", fields));
        out.flush();
    }

    /// @param figure NaN where nothing could be judged
    /// @param bar    what is asked of the figure
    void bar(String what, double figure, boolean isMet, String bar) {
        String verdict = isMet ? "met" : "missed";
        line("BAR", List.of(what, format("%.4f", figure), bar, Double.isNaN(figure) ? "not judged" : verdict));
    }

    void progress(String what) {
        out.println(LiveChild.PROGRESS + "\t" + what);
        out.flush();
    }

    /// A figure in a form of [String#format], `-` for NaN.
    static String format(String form, double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, form, value);
    }
}
