package dev.lockstep.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.net.ssl.SSLSocket;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsFilesTest {
    @TempDir
    static Path folder;

    @BeforeAll
    static void makeCertificates() throws Exception {
        make("rsa", "-keyalg", "RSA", "-keysize", "2048");
        make("ec", "-keyalg", "EC", "-groupname", "secp256r1");
        make("other", "-keyalg", "EC", "-groupname", "secp384r1");
        make("expired", "-keyalg", "EC", "-groupname", "secp256r1", "-startdate", "-20d", "-validity", "5");
    }

    private static void make(String name, String... how) throws Exception {
        SelfSigned.make(folder, name, how);
    }

    private static TlsFiles open(String certificate, String key) throws IOException {
        return TlsFiles.open(folder.resolve(certificate), folder.resolve(key));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa", "ec"})
    void aClientThatTrustsTheCertificateIsServed(String name) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(
                server, open(name + ".crt", name + ".key").connectionFactories(new HttpConfiguration()));
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(new TestServer.Echo());
        server.start();
        try (SSLSocket socket = (SSLSocket) SelfSigned.trusting(folder.resolve(name + ".crt"))
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), connector.getLocalPort())) {
            socket.setSoTimeout(20_000);
            TestServer.write(socket, "GET /tls HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertThat(TestServer.readAll(socket)).startsWith("HTTP/1.1 200").endsWith("anonymous GET /tls ");
            assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
        } finally {
            server.stop();
        }
    }

    @Test
    void aHandshakeThatNeverComesIsCut() throws Exception {
        Limits limits =
                Limits.DEFAULTS.toBuilder().headTime(Duration.ofMillis(200)).build();
        HttpConfiguration configuration = new HttpConfiguration();
        Server server = new Server();
        ServerConnector connector =
                new ServerConnector(server, open("ec.crt", "ec.key").connectionFactories(configuration));
        connector.setHost("127.0.0.1");
        SlowHeaderGuard guard = new SlowHeaderGuard(connector, limits);
        connector.addBean(guard);
        configuration.addCustomizer(guard);
        server.addConnector(connector);
        server.start();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort())) {
            socket.setSoTimeout(20_000);
            // The beginning of a ClientHello that is to be 512 bytes long.
            socket.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1});
            // Perhaps an alert, and then the end.
            socket.getInputStream().readAllBytes();
            assertThat(guard.cut()).isEqualTo(1);
        } finally {
            server.stop();
        }
    }

    @Test
    void whatCannotBeUsedIsOneSentence() throws Exception {
        Path missing = folder.resolve("missing");
        assertThatThrownBy(() -> open("missing", "rsa.key"))
                .isInstanceOf(IOException.class)
                .hasMessage("the certificate file " + missing + " does not exist");
        assertThatThrownBy(() -> open("rsa.crt", "missing")).hasMessage("the key file " + missing + " does not exist");
        assertThatThrownBy(() -> open("rsa.key", "rsa.key"))
                .hasMessage("the certificate file " + folder.resolve("rsa.key")
                        + " does not begin with a certificate in PEM");
        assertThatThrownBy(() -> open("rsa.crt", "rsa.crt"))
                .hasMessageStartingWith("the key file " + folder.resolve("rsa.crt") + " has a 'CERTIFICATE', must be");
        assertThatThrownBy(() -> open("rsa.crt", "ec.key"))
                .hasMessage("the key file " + folder.resolve("ec.key") + " has no RSA key, as the certificate in "
                        + folder.resolve("rsa.crt") + " wants one");
        assertThatThrownBy(() -> open("ec.crt", "other.key"))
                .hasMessage("the key in " + folder.resolve("other.key") + " is not that of the first certificate in "
                        + folder.resolve("ec.crt"));
    }

    @Test
    void aFileThatIsCutOrOfAnotherKindIsOneSentence() throws Exception {
        String certificate = Files.readString(folder.resolve("ec.crt"));
        Path cut = Files.writeString(folder.resolve("cut.crt"), certificate.substring(0, 200));
        assertThatThrownBy(() -> TlsFiles.open(cut, folder.resolve("ec.key")))
                .hasMessage("the certificate file " + cut + " does not begin with a certificate in PEM");
        Path broken = folder.resolve("broken.crt");
        SelfSigned.write(folder.resolve("broken.crt"), "CERTIFICATE", new byte[] {48, 3, 1, 2, 3});
        assertThatThrownBy(() -> TlsFiles.open(broken, folder.resolve("ec.key")))
                .hasMessageStartingWith("the certificate file " + broken + " cannot be understood: ");
        SelfSigned.write(folder.resolve("old.key"), "RSA PRIVATE KEY", new byte[] {1});
        assertThatThrownBy(() -> open("rsa.crt", "old.key"))
                .hasMessage("the key file " + folder.resolve("old.key")
                        + " has a 'RSA PRIVATE KEY', must be a 'PRIVATE KEY' (PKCS#8, not encrypted); "
                        + "'openssl pkcs8 -topk8 -nocrypt -in " + folder.resolve("old.key") + "' makes one");
        Path empty = Files.createFile(folder.resolve("empty.key"));
        assertThatThrownBy(() -> open("rsa.crt", "empty.key"))
                .hasMessage("the key file " + empty + " has no key in PEM");
    }

    @Test
    void whatHasExpiredIsWarnedOfAndUsed() throws Exception {
        ByteArrayOutputStream seen = new ByteArrayOutputStream();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                seen.writeBytes((java.text.MessageFormat.format(line.getMessage(), line.getParameters()) + "\n")
                        .getBytes(StandardCharsets.UTF_8));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("dev.lockstep");
        logger.addHandler(handler);
        try {
            assertThat(open("expired.crt", "expired.key").contextFactory()).isNotNull();
        } finally {
            logger.removeHandler(handler);
        }
        assertThat(seen.toString(StandardCharsets.UTF_8))
                .startsWith("the certificate in " + folder.resolve("expired.crt") + " expired at 2");
    }

    @Test
    void textAroundAndAChainAreRead() throws Exception {
        String own = Files.readString(folder.resolve("ec.crt"));
        String more = Files.readString(folder.resolve("rsa.crt"));
        Path chain = Files.writeString(
                folder.resolve("chain.crt"), "subject=CN=localhost\n" + own + "issuer\n" + more + "\n");
        assertThat(TlsFiles.open(chain, folder.resolve("ec.key"))
                        .contextFactory()
                        .getKeyStore()
                        .getCertificateChain("server"))
                .hasSize(2);
    }
}
