package dev.pagoda.workflow.rag;

import dev.pagoda.workflow.api.IngestReport.Problem;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/// Reads the documents of a folder that lies within one of the permitted roots.
///
/// The folder's real path decides, so neither `..` nor a symbolic link leads out; links inside the folder
/// are not followed. A file that cannot be read becomes a problem of its own and the others go on.
final class FolderReader {

    /// What a folder holds.
    sealed interface Listing {
        /// Paths to read, in alphabetical order, relative names beside them, and files that are no documents.
        record Found(Path folder, List<Path> files, List<Problem> problems) implements Listing {}

        /// The folder may not be read, or there is none.
        record Refused(String reason) implements Listing {}
    }

    /// Files looked at for each document allowed, before a folder counts as no folder of documents.
    private static final int VISITS_PER_FILE = 10;

    private final List<Path> roots;
    private final int maxFiles;
    private final int maxFileBytes;
    private final DocumentParser parser;

    /// @param roots        folders whose contents may be read; those that do not exist admit nothing
    /// @param maxFiles     number of documents above which a folder is refused
    /// @param maxFileBytes size above which a file is refused
    FolderReader(List<Path> roots, int maxFiles, int maxFileBytes) {
        this.roots = List.copyOf(roots);
        this.maxFiles = maxFiles;
        this.maxFileBytes = maxFileBytes;
        this.parser = new DocumentParser(maxFileBytes);
    }

    Listing list(String folder) {
        Path real;
        try {
            real = Path.of(folder).toRealPath();
        } catch (IOException | InvalidPathException missing) {
            return new Listing.Refused("there is no folder \"" + folder + "\" within the permitted roots");
        }
        if (roots.stream().noneMatch(root -> isWithin(real, root)) || !Files.isDirectory(real)) {
            return new Listing.Refused("there is no folder \"" + folder + "\" within the permitted roots");
        }
        try {
            return walk(real);
        } catch (IOException unreadable) {
            return new Listing.Refused("the folder \"" + folder + "\" cannot be listed: " + unreadable.getMessage());
        }
    }

    DocumentSource.Outcome read(Path folder, Path file) {
        var name = name(folder, file);
        byte[] bytes;
        try (var in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            bytes = in.readNBytes(maxFileBytes + 1);
        } catch (IOException unreadable) {
            return new DocumentSource.Outcome.Failed(
                    new Problem(name, "the file cannot be read: " + unreadable.getMessage()));
        }
        return DocumentSource.outcome(name, parser.parse(name, bytes));
    }

    private static boolean isWithin(Path real, Path root) {
        try {
            return real.startsWith(root.toRealPath());
        } catch (IOException missing) {
            return false;
        }
    }

    private Listing walk(Path folder) throws IOException {
        var files = new ArrayList<Path>();
        var problems = new ArrayList<Problem>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                boolean hidden = !directory.equals(folder) && isHidden(directory);
                return hidden ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (isHidden(file)) {
                    return FileVisitResult.CONTINUE;
                }
                if (attributes.isSymbolicLink()) {
                    problems.add(new Problem(name(folder, file), "symbolic links are not followed"));
                } else if (attributes.isRegularFile()
                        && DocumentParser.knows(file.getFileName().toString())) {
                    files.add(file);
                } else {
                    problems.add(new Problem(name(folder, file), "only txt, md, html and pdf files are read"));
                }
                boolean tooMany = files.size() > maxFiles || problems.size() > VISITS_PER_FILE * maxFiles;
                return tooMany ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException unreadable) {
                problems.add(new Problem(name(folder, file), "the file cannot be opened"));
                return FileVisitResult.CONTINUE;
            }
        });
        if (files.size() > maxFiles || problems.size() > VISITS_PER_FILE * maxFiles) {
            return new Listing.Refused("the folder holds more than the " + maxFiles + " documents allowed, or "
                    + VISITS_PER_FILE + " times as many other files");
        }
        files.sort((a, b) -> name(folder, a).compareTo(name(folder, b)));
        return new Listing.Found(folder, files, problems);
    }

    private static boolean isHidden(Path file) {
        return file.getFileName().toString().startsWith(".");
    }

    private static String name(Path folder, Path file) {
        return folder.relativize(file).toString().replace('\\', '/');
    }
}
