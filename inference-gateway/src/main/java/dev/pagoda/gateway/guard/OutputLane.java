package dev.pagoda.gateway.guard;

import dev.pagoda.gateway.guard.CheckList.Hit;
import dev.pagoda.gateway.guard.CheckList.Judged;
import java.util.ArrayList;
import java.util.List;

/// One text of an answer as it comes and as it may go: holds back what could still become something to mask or block.
///
/// Tokens go with the text they came with, or later; in the end as many have gone as came. Not thread-safe.
final class OutputLane {
    /// Characters that were let go and still give context, so that a word that follows is seen whole.
    private static final int CONTEXT_CHARS = 64;

    /// A scan looks at no fewer new characters than this.
    private static final int STRIDE_CHARS = 16;

    private final CheckList checks;
    private final StringBuilder text = new StringBuilder();
    /// Up to here the text has gone.
    private int gone;

    private long chars;
    private int tokens;
    private boolean isTooLong;

    OutputLane(CheckList checks) {
        this.checks = checks;
    }

    /// What may go now.
    ///
    /// @param tokens    0 when nothing goes
    /// @param isBlocked whether nothing more goes
    record Release(String text, int tokens, List<Verdict> verdicts, boolean isBlocked) {
        Release {
            verdicts = List.copyOf(verdicts);
        }
    }

    Release more(String piece, int pieceTokens) {
        text.append(piece);
        chars += piece.length();
        tokens += pieceTokens;
        List<Verdict> verdicts = new ArrayList<>();
        if (!isTooLong) {
            checks.tooLong(chars).ifPresent(verdicts::add);
            isTooLong = !verdicts.isEmpty();
        }
        if (isBlocking(verdicts)) {
            return new Release("", 0, verdicts, true);
        }
        // one token stays for what is held back
        if (checks.needsWhole() || tokens < 2 || text.length() - gone < checks.window() + STRIDE_CHARS) {
            return new Release("", 0, verdicts, false);
        }
        return release(verdicts, false);
    }

    /// The text ends here.
    Release end() {
        List<Verdict> verdicts = new ArrayList<>();
        if (checks.needsWhole()) {
            verdicts.addAll(checks.misshaped(text.toString()));
            if (isBlocking(verdicts)) {
                return new Release("", 0, verdicts, true);
            }
        }
        return release(verdicts, true);
    }

    private Release release(List<Verdict> verdicts, boolean isLast) {
        String all = text.toString();
        List<Hit> hits = checks.hits(all);
        int until = isLast ? all.length() : checks.boundary(all, hits, gone);
        Judged judged = checks.judge(all, hits, gone, until);
        verdicts.addAll(judged.verdicts());
        gone = until;
        int forgotten = Math.max(0, gone - CONTEXT_CHARS);
        text.delete(0, forgotten);
        gone -= forgotten;
        if (judged.isBlocked()) {
            return new Release(judged.text(), judged.text().isEmpty() ? 0 : take(true), verdicts, true);
        }
        boolean isEmpty = judged.text().isEmpty() && !isLast;
        return new Release(judged.text(), isEmpty ? 0 : take(isLast), verdicts, false);
    }

    /// Tokens that go with a text: all at the end, before it all but one for what is held back.
    private int take(boolean isLast) {
        int taken = isLast ? tokens : tokens - 1;
        tokens -= taken;
        return taken;
    }

    private static boolean isBlocking(List<Verdict> verdicts) {
        return verdicts.stream().anyMatch(verdict -> verdict.action() == GuardPolicy.Action.BLOCK);
    }
}
