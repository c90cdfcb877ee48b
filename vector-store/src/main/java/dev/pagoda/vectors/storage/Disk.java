package dev.pagoda.vectors.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/// Where files are kept, as far as the promise to keep them depends on it. Safe from any thread.
public interface Disk {

    /// The machine's own.
    Disk MACHINE = new MachineDisk();

    void createDirectories(Path directory) throws IOException;

    boolean exists(Path file);

    /// The files of a directory, in no order.
    List<Path> list(Path directory) throws IOException;

    /// Opens a file that is there.
    ///
    /// @throws java.nio.file.NoSuchFileException if it is not
    File open(Path file) throws IOException;

    /// Opens a file, made if absent; what it holds stays.
    File openOrCreate(Path file) throws IOException;

    /// Gives a file another name, in the place of what had that name: at no moment is there none.
    void move(Path from, Path to) throws IOException;

    /// Deletes a file if it is there.
    void delete(Path file) throws IOException;

    /// Makes the names in a directory survive a power cut.
    void forceDirectory(Path directory) throws IOException;

    /// Keeps other processes from a directory until it is closed.
    ///
    /// @throws IOException if another has it
    Closeable lock(Path file) throws IOException;

    /// An open file. One writer; any number of readers.
    interface File extends Closeable {
        long size() throws IOException;

        /// Reads into `target` until it is full or the file ends.
        ///
        /// @return bytes read
        int read(ByteBuffer target, long offset) throws IOException;

        /// Writes all of `source`; when that fails any part of it may be there.
        void write(ByteBuffer source, long offset) throws IOException;

        /// Cuts off what lies behind `size`.
        void truncate(long size) throws IOException;

        /// Returns when everything written survives a power cut.
        void force() throws IOException;

        @Override
        void close() throws IOException;
    }
}
