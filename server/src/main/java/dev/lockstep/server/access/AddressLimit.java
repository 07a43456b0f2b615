package dev.lockstep.server.access;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.eclipse.jetty.io.SelectorManager;

/**
 * Closes connections of an address that has {@link Limits#connectionsPerAddress} already, before anything is read from
 * them. Add it to the connector as a bean. Of an IPv6 address the first 64 bits count, since a single machine has all of
 * the rest. Loopback is not counted.
 */
public final class AddressLimit implements SelectorManager.AcceptListener {
    private final int most;
    private final Map<String, Integer> counts = new ConcurrentHashMap<>();
    private final Map<SelectableChannel, String> open = new ConcurrentHashMap<>();
    private final LongAdder refused = new LongAdder();
    private final boolean countLoopback;

    /**
     * @param limits of which the connections per address are used
     */
    public AddressLimit(Limits limits) {
        this(limits, false);
    }

    AddressLimit(Limits limits, boolean countLoopback) {
        this.most = limits.connectionsPerAddress();
        this.countLoopback = countLoopback;
    }

    @Override
    public void onAccepting(SelectableChannel channel) {
        String address = most == 0 ? null : address(channel);
        if (address == null) {
            return;
        }
        int now = counts.merge(address, 1, Integer::sum);
        open.put(channel, address);
        if (now > most) {
            refused.increment();
            release(channel);
            close(channel);
        }
    }

    @Override
    public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
        release(channel);
    }

    @Override
    public void onClosed(SelectableChannel channel) {
        release(channel);
    }

    private void release(SelectableChannel channel) {
        String address = open.remove(channel);
        if (address != null) {
            counts.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
        }
    }

    private String address(SelectableChannel channel) {
        try {
            return channel instanceof SocketChannel socket
                            && socket.getRemoteAddress() instanceof InetSocketAddress remote
                            && (countLoopback || !remote.getAddress().isLoopbackAddress())
                    ? key(remote.getAddress())
                    : null;
        } catch (IOException _) {
            return null;
        }
    }

    /** What counts of an address: all of IPv4, the network's half of IPv6. */
    static String key(InetAddress address) {
        byte[] bytes = address.getAddress();
        return HexFormat.of().formatHex(Arrays.copyOf(bytes, Math.min(bytes.length, 8)));
    }

    private static void close(SelectableChannel channel) {
        try {
            channel.close();
        } catch (IOException _) {
            // It is gone either way.
        }
    }

    /** Connections that were closed at once. */
    public long refused() {
        return refused.sum();
    }

    /** Connections that are counted now. */
    public int counted() {
        return open.size();
    }
}
