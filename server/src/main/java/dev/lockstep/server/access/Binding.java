package dev.lockstep.server.access;

import java.net.InetAddress;
import java.util.Optional;

/** Which addresses the server may listen on. */
public final class Binding {
    private Binding() {}

    /**
     * Why the server must not listen on {@code address}, if so: from any address but loopback others can come, and then
     * keys are needed, or somebody who says that none are.
     *
     * @param keys whether a key is asked for
     * @param insecure whether it was said that anybody may come in ({@code --insecure-no-auth})
     */
    public static Optional<String> refusal(InetAddress address, boolean keys, boolean insecure) {
        if (address.isLoopbackAddress() || keys || insecure) {
            return Optional.empty();
        }
        return Optional.of(
                "listening on " + address.getHostAddress()
                        + " would let in anybody who reaches this machine: give a key file with --keys, or say --insecure-no-auth");
    }
}
