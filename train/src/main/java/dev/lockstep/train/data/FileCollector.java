package dev.lockstep.train.data;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Gathers the files of a source, keeps the readable ones and counts the others, and holds to the limit of bytes. */
final class FileCollector {
    private final String source;
    private final List<Document> documents = new ArrayList<>();
    private long bytes;
    private Tally unreadable = Tally.NONE;

    /** @param source what messages start with */
    FileCollector(String source) {
        this.source = source;
    }

    void add(String path, byte[] text) throws CorpusException {
        if (!isText(text)) {
            addUnreadable(text.length);
            return;
        }
        bytes += text.length;
        if (bytes > CorpusSource.TEXT_BYTES_MAX) {
            throw new CorpusException(source + ": more than " + CorpusSource.TEXT_BYTES_MAX
                    + " bytes of text, which is the limit; give a smaller folder.");
        }
        documents.add(Document.of(path, text));
    }

    void addUnreadable(long fileBytes) {
        unreadable = unreadable.plus(fileBytes);
    }

    /** The readable files, in the order in which they were added. */
    List<Document> documents() {
        return documents;
    }

    Tally unreadable() {
        return unreadable;
    }

    private static boolean isText(byte[] text) {
        for (byte value : text) {
            if (value == 0) {
                return false;
            }
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
