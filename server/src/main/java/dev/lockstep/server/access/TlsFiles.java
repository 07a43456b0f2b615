package dev.lockstep.server.access;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * A certificate and its key, from files in PEM (RFC 7468): the chain with the server's own certificate first, and an RSA or
 * EC key in PKCS#8, not encrypted. TLS 1.2 and 1.3.
 */
public final class TlsFiles {
    private static final System.Logger LOG = System.getLogger("dev.lockstep");
    private static final Pattern PEM = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
    private static final String KEY_LABEL = "PRIVATE KEY";

    private final List<X509Certificate> chain;
    private final PrivateKey key;

    private TlsFiles(List<X509Certificate> chain, PrivateKey key) {
        this.chain = chain;
        this.key = key;
    }

    /**
     * Reads both files, and checks that they belong together.
     *
     * @throws IOException if one of them cannot be read, or used; the message is a sentence. What is out of date is only
     *     warned of, since the clock may be what is wrong
     */
    public static TlsFiles open(Path chainFile, Path keyFile) throws IOException {
        List<X509Certificate> chain = chain(chainFile);
        X509Certificate own = chain.getFirst();
        PrivateKey key = key(keyFile, own.getPublicKey().getAlgorithm(), chainFile);
        if (!belongs(key, own.getPublicKey())) {
            throw new IOException("the key in " + keyFile + " is not that of the first certificate in " + chainFile);
        }
        Date now = new Date();
        if (now.after(own.getNotAfter())) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the certificate in {0} expired at {1}",
                    chainFile,
                    instant(own.getNotAfter()));
        } else if (now.before(own.getNotBefore())) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the certificate in {0} is not valid before {1}",
                    chainFile,
                    instant(own.getNotBefore()));
        }
        return new TlsFiles(chain, key);
    }

    private static String instant(Date date) {
        return date.toInstant().toString();
    }

    private static String read(String what, Path file) throws IOException {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw new IOException("the " + what + " file " + file + " does not exist", e);
        } catch (AccessDeniedException e) {
            throw new IOException("the " + what + " file " + file + " may not be read by this user", e);
        } catch (IOException e) {
            throw new IOException("the " + what + " file " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static List<X509Certificate> chain(Path file) throws IOException {
        String text = read("certificate", file);
        Matcher first = PEM.matcher(text);
        if (!first.find() || !first.group(1).equals("CERTIFICATE")) {
            throw new IOException("the certificate file " + file + " does not begin with a certificate in PEM");
        }
        try {
            // Comments before, between and after are allowed, and are not what the factory reads.
            String pem =
                    text.substring(first.start(), text.lastIndexOf("-----END") + "-----END CERTIFICATE-----".length());
            return CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.ISO_8859_1)))
                    .stream()
                    .map(X509Certificate.class::cast)
                    .toList();
        } catch (CertificateException | StringIndexOutOfBoundsException e) {
            throw new IOException("the certificate file " + file + " cannot be understood: " + e.getMessage(), e);
        }
    }

    private static PrivateKey key(Path file, String algorithm, Path chainFile) throws IOException {
        if (!algorithm.equals("RSA") && !algorithm.equals("EC")) {
            throw new IOException(
                    "the certificate in " + chainFile + " has a key of type " + algorithm + ", must be RSA or EC");
        }
        Matcher matcher = PEM.matcher(read("key", file));
        String found = null;
        while (matcher.find()) {
            if (matcher.group(1).equals(KEY_LABEL)) {
                return decode(matcher.group(2), algorithm, file, chainFile);
            }
            // Some tools write the curve's parameters in front of the key.
            found = matcher.group(1).endsWith("PARAMETERS") ? found : matcher.group(1);
        }
        if (found == null) {
            throw new IOException("the key file " + file + " has no key in PEM");
        }
        throw new IOException("the key file " + file + " has a '" + found + "', must be a '" + KEY_LABEL
                + "' (PKCS#8, not encrypted); 'openssl pkcs8 -topk8 -nocrypt -in " + file + "' makes one");
    }

    private static PrivateKey decode(String base64, String algorithm, Path file, Path chainFile) throws IOException {
        try {
            byte[] der = Base64.getMimeDecoder().decode(base64);
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(
                    "the key file " + file + " has no " + algorithm + " key, as the certificate in " + chainFile
                            + " wants one",
                    e);
        }
    }

    /** Whether what one signs the other verifies. */
    private static boolean belongs(PrivateKey key, PublicKey own) throws IOException {
        byte[] text = "lockstep".getBytes(StandardCharsets.US_ASCII);
        try {
            Signature signature =
                    Signature.getInstance(own.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "SHA256withRSA");
            signature.initSign(key);
            signature.update(text);
            byte[] signed = signature.sign();
            signature.initVerify(own);
            signature.update(text);
            return signature.verify(signed);
        } catch (GeneralSecurityException _) {
            // Such as keys on different curves.
            return false;
        }
    }

    /** What Jetty makes TLS connections with. */
    public SslContextFactory.Server contextFactory() {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            // In memory, where the key is anyway; a password is only what the type asks for.
            store.setKeyEntry("server", key, new char[0], chain.toArray(X509Certificate[]::new));
            SslContextFactory.Server factory = new SslContextFactory.Server();
            factory.setKeyStore(store);
            factory.setKeyStorePassword("");
            factory.setIncludeProtocols("TLSv1.3", "TLSv1.2");
            return factory;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("a key store in memory could not be made", e);
        }
    }

    /**
     * What a connector needs for HTTP/1.1 over TLS.
     *
     * @param configuration is used as it is, and gets the customizer more that TLS needs
     */
    public ConnectionFactory[] connectionFactories(HttpConfiguration configuration) {
        // Clients may come by an address, or by a name that only their own machine knows.
        configuration.addCustomizer(new SecureRequestCustomizer(false));
        return new ConnectionFactory[] {
            new SslConnectionFactory(contextFactory(), "http/1.1"), new HttpConnectionFactory(configuration)
        };
    }
}
