package dev.pagoda.vectors.filter;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The words of a text for full-text matches: runs of letters and digits, in lower case.
final class Words {
    private Words() {}

    static List<String> of(String text) {
        List<String> words = new ArrayList<>();
        int start = -1;
        for (int i = 0; i <= text.length(); ) {
            int point = i < text.length() ? text.codePointAt(i) : ' ';
            if (Character.isLetterOrDigit(point)) {
                start = start < 0 ? i : start;
            } else if (start >= 0) {
                words.add(text.substring(start, i).toLowerCase(Locale.ROOT));
                start = -1;
            }
            i += Character.charCount(point);
        }
        return words;
    }
}
