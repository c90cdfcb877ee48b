package dev.pagoda.compute.trace;

/// A place in an input file that is not as it must be: which file, where in it, what was expected and what is
/// there. Whoever reads a file either gets all of it or this; nothing is changed by a half-read one.
public final class TraceFault extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int SHOWN = 60;

    private final String file;
    private final int line;
    private final int column;
    private final String expected;

    /// @param line   from 1; 0 where the file as a whole is meant
    /// @param column from 1, in characters; 0 where the line as a whole is meant
    /// @param found  what stands there, in the words of the file; it is shortened
    public TraceFault(String file, int line, int column, String expected, String found) {
        super(place(file, line, column) + ": expected " + expected + ", found " + shortened(found));
        this.file = file;
        this.line = line;
        this.column = column;
        this.expected = expected;
    }

    /// A fault of the file as a whole.
    public TraceFault(String file, String expected, String found) {
        this(file, 0, 0, expected, found);
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    public String file() {
        return file;
    }

    public int line() {
        return line;
    }

    public int column() {
        return column;
    }

    public String expected() {
        return expected;
    }

    private static String place(String file, int line, int column) {
        if (line == 0) {
            return file;
        }
        return column == 0 ? file + ":" + line : file + ":" + line + ":" + column;
    }

    private static String shortened(String found) {
        StringBuilder plain = new StringBuilder();
        found.codePoints()
                .limit(SHOWN + 1L)
                .map(each -> Character.isISOControl(each) ? ' ' : each)
                .forEach(plain::appendCodePoint);
        if (plain.codePointCount(0, plain.length()) > SHOWN) {
            plain.setLength(plain.offsetByCodePoints(0, SHOWN));
            plain.append("...");
        }
        return plain.toString();
    }
}
