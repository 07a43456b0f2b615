package dev.lockstep.server.access;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** A Jetty on a free port, set up as the server's is, with a handler that says what it received. */
public final class TestServer implements AutoCloseable {
    /** Making one takes much longer than a request. */
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Server server;
    private final ServerConnector connector;

    /**
     * @param handlers puts handlers around the last one
     * @param prepare may change the connector and its configuration
     */
    public TestServer(UnaryOperator<Handler> handlers, BiConsumer<ServerConnector, HttpConfiguration> prepare)
            throws Exception {
        this(handlers, prepare, _ -> {});
    }

    public TestServer(
            UnaryOperator<Handler> handlers,
            BiConsumer<ServerConnector, HttpConfiguration> prepare,
            Consumer<Server> prepareServer)
            throws Exception {
        QueuedThreadPool threads = new QueuedThreadPool(16);
        threads.setVirtualThreadsExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server = new Server(threads);
        HttpConfiguration configuration = new HttpConfiguration();
        connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(configuration));
        connector.setHost("127.0.0.1");
        prepare.accept(connector, configuration);
        server.addConnector(connector);
        server.setHandler(handlers.apply(new Echo()));
        prepareServer.accept(server);
        server.start();
    }

    public TestServer(UnaryOperator<Handler> handlers) throws Exception {
        this(handlers, (_, _) -> {});
    }

    /** Answers with client, method, path and body. */
    public static final class Echo extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            String body = Content.Source.asString(request);
            String text = Client.of(request).name() + " " + request.getMethod() + " "
                    + Request.getPathInContext(request) + " " + body;
            Content.Sink.write(response, true, text, callback);
            return true;
        }
    }

    public int port() {
        return connector.getLocalPort();
    }

    public Server server() {
        return server;
    }

    /** Sends a request; {@code headers} are names and values in turn. */
    public HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    public HttpResponse<String> get(String path, String... headers) throws Exception {
        return send("GET", path, "", headers);
    }

    /** A plain connection; reading fails after 20 seconds, so that a test cannot hang. */
    public Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    /** Writes bytes as they are. */
    public static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    /** Writes a byte, unless the other side has closed by now; what it said before can still be read. */
    public static void trickle(Socket socket) throws IOException {
        try {
            write(socket, "x");
        } catch (SocketException _) {
            // Closed, as somebody waits for.
        }
    }

    /** Reads until the other side closes. */
    public static String readAll(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IOException("the server did not stop", e);
        }
    }
}
