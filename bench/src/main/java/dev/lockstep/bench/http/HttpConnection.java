package dev.lockstep.bench.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * One connection to a server, as thin as it can be: HTTP/1.1 (RFC 9112), one request after the other, bodies read
 * piece by piece as they come. A library would pool connections and read ahead, so nobody could read slowly, or leave
 * in the middle.
 */
final class HttpConnection implements AutoCloseable {
    private static final int LINE_BYTES_MAX = 16 << 10;

    /** Where and what. */
    record Head(int status, Map<String, String> fields) {
        /** A field by its name in lower case; null if it is not there. */
        String field(String name) {
            return fields.get(name);
        }
    }

    private final Socket socket = new Socket();
    private final InputStream in;
    private final String host;
    /** Bytes that are left of a body of known length; −1 while it comes in chunks, 0 after its end. */
    private long left;

    /**
     * Connects.
     *
     * @param silenceMs longest time without a byte, and for connecting
     * @param receiveBytes the system's buffer for what comes; 0 for what it likes
     * @param reading how bytes are read from the socket
     */
    HttpConnection(URI server, int silenceMs, int receiveBytes, UnaryOperator<InputStream> reading) throws IOException {
        try {
            if (receiveBytes > 0) {
                socket.setReceiveBufferSize(receiveBytes);
            }
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(silenceMs);
            socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), silenceMs);
            in = new BufferedInputStream(reading.apply(socket.getInputStream()));
            host = server.getAuthority();
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    HttpConnection(URI server, int silenceMs) throws IOException {
        this(server, silenceMs, 0, raw -> raw);
    }

    void get(String path) throws IOException {
        socket.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    void post(String path, byte[] body) throws IOException {
        socket.getOutputStream().write(postBytes(host, path, body));
    }

    /** A whole request. */
    static byte[] postBytes(String host, String path, byte[] body) {
        byte[] head = ("POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/json\r\n"
                        + "Content-Length: " + body.length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(head.length + body.length);
        bytes.writeBytes(head);
        bytes.writeBytes(body);
        return bytes.toByteArray();
    }

    /** Reads the head of an answer, behind which stands its body. */
    Head head() throws IOException {
        String first = line();
        if (!first.matches("HTTP/1\\.1 \\d{3}.*")) {
            throw new IOException("not an answer: " + first);
        }
        Map<String, String> fields = new HashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new IOException("not a header: " + line);
            }
            fields.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        boolean chunked = "chunked".equals(fields.get("transfer-encoding"));
        left = chunked ? -1 : Long.parseLong(fields.getOrDefault("content-length", "0"));
        return new Head(Integer.parseInt(first.substring(9, 12)), fields);
    }

    /**
     * The next piece of the body: a chunk, or all of it if its length is known; empty at the end.
     *
     * @throws EOFException if the connection ends before the body does
     */
    byte[] piece() throws IOException {
        if (left == 0) {
            return new byte[0];
        }
        int length = left > 0 ? Math.toIntExact(left) : chunkLength();
        byte[] piece = in.readNBytes(length);
        if (piece.length < length) {
            throw new EOFException("the connection ended inside of an answer");
        }
        if (left < 0 && !line().isEmpty()) {
            throw new IOException("a chunk that is longer than it says");
        }
        left = left > 0 || length == 0 ? 0 : left;
        return piece;
    }

    private int chunkLength() throws IOException {
        String line = line();
        try {
            return Integer.parseInt(line, 16);
        } catch (NumberFormatException e) {
            throw new IOException("not a chunk's length: " + line, e);
        }
    }

    /** Reads all of the body. */
    byte[] body() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (byte[] piece = piece(); piece.length > 0; piece = piece()) {
            body.writeBytes(piece);
        }
        return body.toByteArray();
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(64);
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the connection ended");
            }
            if (line.size() == LINE_BYTES_MAX) {
                throw new IOException("a line of more than " + LINE_BYTES_MAX + " bytes");
            }
            line.write(b);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    /** Ends it at once, with a reset, as when a process dies; what was not sent yet is lost. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
