package dev.lockstep.format;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** A GGUF file put together field by field, valid or not, without the code under test. */
final class GgufBytes {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** A header of version 3. */
    static GgufBytes header(long tensors, long keys) {
        return new GgufBytes().text("GGUF").u32(3).u64(tensors).u64(keys);
    }

    GgufBytes u8(int value) {
        bytes.write(value);
        return this;
    }

    GgufBytes u32(long value) {
        return little(value, 4);
    }

    GgufBytes u64(long value) {
        return little(value, 8);
    }

    GgufBytes hex(String digits) {
        bytes.writeBytes(HexFormat.of().parseHex(digits));
        return this;
    }

    GgufBytes text(String text) {
        bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    GgufBytes string(String text) {
        return u64(text.getBytes(StandardCharsets.UTF_8).length).text(text);
    }

    /** The start of a key's entry; the value follows. */
    GgufBytes key(String key, int type) {
        return string(key).u32(type);
    }

    /** The start of a key's entry with an array; the elements follow. */
    GgufBytes arrayKey(String key, int elementType, long count) {
        return key(key, 9).u32(elementType).u64(count);
    }

    GgufBytes tensor(String name, int type, long offset, long... dims) {
        string(name).u32(dims.length);
        for (long dim : dims) {
            u64(dim);
        }
        return u32(type).u64(offset);
    }

    GgufBytes pad(int alignment) {
        while (bytes.size() % alignment != 0) {
            u8(0);
        }
        return this;
    }

    GgufBytes zeros(int count) {
        bytes.writeBytes(new byte[count]);
        return this;
    }

    /** Drops what lies past the first {@code length} bytes. */
    GgufBytes cut(int length) {
        byte[] kept = Arrays.copyOf(bytes.toByteArray(), length);
        bytes.reset();
        bytes.writeBytes(kept);
        return this;
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }

    /** Reads the bytes under the name {@code test.gguf}. */
    GgufFile open() throws UnusableModelException {
        return GgufFile.of(MemorySegment.ofArray(bytes()), "test.gguf", Arena.ofShared());
    }

    private GgufBytes little(long value, int width) {
        for (int i = 0; i < width; i++) {
            u8((int) (value >>> 8 * i));
        }
        return this;
    }
}
