package dev.lockstep.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/**
 * Copies of models that lie in archives.
 *
 * <p>A copy is called {@code NAME-CRC-BYTES.gguf}, after the content that it must have: another build's model is
 * another file. It is written beside its place and moved there when it is whole, so processes that do it at the same
 * time do not disturb each other. Its bytes are checked whenever it is asked for, which takes a few milliseconds (a
 * CRC-32 is an instruction or two for eight bytes), and a damaged copy is made again. A checksum is no protection
 * against malice, so a folder counts only if it belongs to the user and nobody else may write to it.
 */
final class ModelCache {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final Set<PosixFilePermission> OTHERS_WRITE =
            EnumSet.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

    private final List<Path> folders;

    /** @param folders the first that can be used is */
    ModelCache(List<Path> folders) {
        this.folders = folders;
    }

    /**
     * The copy of a model, made if there is none.
     *
     * @param bytes its size
     * @param crc its CRC-32
     * @param content is read if the copy must be made
     * @throws IOException if no folder can be used, or the content is not what it should be
     */
    Path file(String name, long bytes, long crc, InputStream content) throws IOException {
        String fileName = String.format("%s-%08x-%d.gguf", name, crc, bytes);
        IOException refused = null;
        for (Path folder : folders) {
            try {
                makePrivate(folder);
                Path file = folder.resolve(fileName);
                return holds(file, bytes, crc) ? file : copy(content, file, bytes, crc);
            } catch (FileSystemException e) {
                // This folder is of no use. Whatever is wrong with one shows before the content is read.
                refused = e;
            }
        }
        throw new IOException(
                "the model " + name + " cannot be unpacked to " + folders + ": "
                        + (refused == null ? "no folder" : refused.getMessage()),
                refused);
    }

    private static void makePrivate(Path folder) throws IOException {
        boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
        if (!posix) {
            Files.createDirectories(folder);
            return;
        }
        Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        PosixFileAttributes attributes = Files.readAttributes(folder, PosixFileAttributes.class);
        if (!belongsToUser(folder, attributes.owner())) {
            throw new FileSystemException(
                    folder.toString(),
                    null,
                    "it belongs to " + attributes.owner().getName());
        }
        if (attributes.permissions().stream().anyMatch(OTHERS_WRITE::contains)) {
            throw new FileSystemException(folder.toString(), null, "others may write to it");
        }
        if (!Files.isWritable(folder)) {
            throw new FileSystemException(folder.toString(), null, "it is not writable");
        }
    }

    /** Users without an entry in the system's list have no name, so in doubt a new file tells who this one is. */
    private static boolean belongsToUser(Path folder, UserPrincipal owner) throws IOException {
        if (owner.getName().equals(System.getProperty("user.name"))) {
            return true;
        }
        Path probe = Files.createTempFile(folder, "owner-", ".unfinished");
        try {
            return Files.getOwner(probe).equals(owner);
        } finally {
            Files.delete(probe);
        }
    }

    private static boolean holds(Path file, long bytes, long crc) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) != bytes) {
            return false;
        }
        CRC32 found = new CRC32();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                found.update(buffer, 0, count);
            }
        }
        return found.getValue() == crc;
    }

    private static Path copy(InputStream content, Path file, long bytes, long crc) throws IOException {
        Path unfinished =
                Files.createTempFile(file.getParent(), file.getFileName().toString(), ".unfinished");
        try {
            CheckedInputStream in = new CheckedInputStream(content, new CRC32());
            long copied;
            try (OutputStream out = Files.newOutputStream(unfinished)) {
                copied = in.transferTo(out);
            }
            if (copied != bytes || in.getChecksum().getValue() != crc) {
                throw new IOException("the archive of " + file.getFileName() + " is damaged: " + copied + " of " + bytes
                        + " bytes, or a wrong checksum");
            }
            return Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }
}
