package dev.lockstep.models;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;

/**
 * Gives the models of a build as files, which the engine can map.
 *
 * <p>A model is a resource, {@code dev/lockstep/models/NAME.gguf}. Where resources are files, it is that file. Inside
 * an archive it is copied to a cache folder once, under a name made of its content ({@link ModelCache}).
 */
public final class ModelStore {
    private static final String PLACE = "dev/lockstep/models/";

    private final ClassLoader resources;
    private final List<Path> caches;

    /**
     * @param resources where models are looked for
     * @param caches folders for copies; the first that can be used is
     */
    public ModelStore(ClassLoader resources, List<Path> caches) {
        this.resources = resources;
        this.caches = List.copyOf(caches);
    }

    /**
     * The models of this build, with the user's cache folder: {@code $XDG_CACHE_HOME/lockstep}, or {@code
     * ~/.cache/lockstep}, or a folder of the user's below {@code java.io.tmpdir}.
     */
    public static ModelStore ofThisBuild() {
        return new ModelStore(ModelStore.class.getClassLoader(), userCaches(System.getenv("XDG_CACHE_HOME")));
    }

    /** An XDG path that is not absolute is to be ignored (XDG Base Directory Specification 0.8). */
    static List<Path> userCaches(String xdgCacheHome) {
        List<Path> caches = new ArrayList<>();
        if (xdgCacheHome != null && Path.of(xdgCacheHome).isAbsolute()) {
            caches.add(Path.of(xdgCacheHome, "lockstep"));
        } else {
            Path home = Path.of(System.getProperty("user.home"));
            if (home.isAbsolute()) {
                caches.add(home.resolve(".cache").resolve("lockstep"));
            }
        }
        caches.add(Path.of(System.getProperty("java.io.tmpdir"), "lockstep-" + System.getProperty("user.name")));
        return caches;
    }

    /** Whether the build holds a model. */
    public boolean has(ShippedModel model) {
        return resource(model) != null;
    }

    private URL resource(ShippedModel model) {
        return resources.getResource(PLACE + model.id() + ".gguf");
    }

    /**
     * The model as a file. It is the build's or the cache's own: do not change it.
     *
     * @throws FileNotFoundException if the build does not hold the model
     * @throws IOException if it cannot be read, or no cache folder can be written
     */
    public Path file(ShippedModel model) throws IOException {
        URL url = resource(model);
        if (url == null) {
            throw new FileNotFoundException("the model " + model.id() + " is not in this build");
        }
        if (url.getProtocol().equals("file")) {
            return Path.of(URI.create(url.toString()));
        }
        URLConnection connection = url.openConnection();
        // A cached connection would leave the archive open for as long as the process lives.
        connection.setUseCaches(false);
        if (!(connection instanceof JarURLConnection archive)) {
            throw new IOException("the model " + model.id() + " lies in " + url + ", neither a file nor an archive");
        }
        try (var in = archive.getInputStream()) {
            JarEntry entry = archive.getJarEntry();
            return new ModelCache(caches).file(model.id(), entry.getSize(), entry.getCrc(), in);
        }
    }
}
