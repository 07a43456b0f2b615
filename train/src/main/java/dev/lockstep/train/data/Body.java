package dev.lockstep.train.data;

import java.nio.ByteBuffer;

/**
 * A document and where its text starts behind the licence; texts are compared without their licences.
 *
 * @param document the document
 * @param start number of bytes before the text proper
 */
record Body(Document document, int start) {
    static Body of(Document document) {
        return new Body(document, LicenceHeader.end(document.text()));
    }

    byte[] text() {
        return document.text();
    }

    /** What is equal for texts with equal bytes. */
    ByteBuffer key() {
        return ByteBuffer.wrap(text()).position(start).slice();
    }
}
