package dev.lockstep.plan;

/**
 * The last outputs of each tenant, for {@link SuffixProposer}: tenants ask similar things again and again (Oliaro et al.
 * 2024, "SuffixDecoding: Extreme Speculative Decoding for Emerging AI Applications").
 *
 * <p>Outputs are told apart by their tenant's salt, and looked up by salt each time, so nobody's guesses, and so
 * nobody's timings, depend on another tenant's outputs. There are at most so many tenants, and so many tokens of each;
 * when one more tenant comes, the one that was least recently asked about or added to is forgotten. Belongs to the
 * engine's loop.
 */
public final class RecentOutputs {
    /** Most tokens that are compared. */
    static final int CONTEXT = 32;

    private static final int TENANTS_MAX = 1_024;
    private static final int TOKENS_MIN = 16;
    private static final int TOKENS_MAX = 1 << 24;

    private final int tokensMax;
    private final OutputGenerations[] outputs;
    private final long[] salts;
    private final long[] lastUse;
    private final long[] versions;
    private int tenants;
    private long uses;
    private long additions;

    /**
     * No outputs yet.
     *
     * @param tenantsMax most tenants, 0 to 1024; 0 keeps no outputs
     * @param tokensMax most tokens of a tenant's outputs, with one more for each output, 16 or more
     */
    public RecentOutputs(int tenantsMax, int tokensMax) {
        if (tenantsMax < 0 || tenantsMax > TENANTS_MAX) {
            throw new IllegalArgumentException(
                    "recent outputs of " + tenantsMax + " tenants, allowed are 0 to " + TENANTS_MAX);
        }
        if (tokensMax < TOKENS_MIN || tokensMax > TOKENS_MAX) {
            throw new IllegalArgumentException(
                    "recent outputs of " + tokensMax + " tokens, allowed are " + TOKENS_MIN + " to " + TOKENS_MAX);
        }
        this.tokensMax = tokensMax;
        this.outputs = new OutputGenerations[tenantsMax];
        this.salts = new long[tenantsMax];
        this.lastUse = new long[tenantsMax];
        this.versions = new long[tenantsMax];
    }

    /** Bytes of the outputs once all tenants have some; about 130 a token. */
    public static long bytes(int tenantsMax, int tokensMax) {
        return 2L * tenantsMax * SuffixAutomaton.bytes(tokensMax / 2);
    }

    /**
     * Adds an output that is complete. Memory for a tenant is taken with its first output; otherwise nothing is
     * allocated.
     *
     * @param salt whose it is
     * @param tokens holds the output, tokens from 0, in {@code from} (with) to {@code to} (without)
     */
    public void add(long salt, int[] tokens, int from, int to) {
        if (outputs.length == 0 || from >= to) {
            return;
        }
        int tenant = find(salt);
        if (tenant < 0) {
            tenant = place();
            salts[tenant] = salt;
            lastUse[tenant] = ++uses;
        }
        outputs[tenant].add(tokens, from, to);
        versions[tenant] = ++additions;
    }

    /** The tenant's index, valid until something is added, or −1 if there are no outputs of it. */
    int find(long salt) {
        for (int i = 0; i < tenants; i++) {
            if (salts[i] == salt) {
                lastUse[i] = ++uses;
                return i;
            }
        }
        return -1;
    }

    /** Which addition was the tenant's last; never the same for two tenants or two contents. */
    long version(int tenant) {
        return versions[tenant];
    }

    /** A tenant's outputs. */
    OutputGenerations outputs(int tenant) {
        return outputs[tenant];
    }

    /** An empty place: a new one, or that of the tenant who was not seen for longest. */
    private int place() {
        if (tenants < outputs.length) {
            outputs[tenants] = new OutputGenerations(tokensMax, CONTEXT);
            return tenants++;
        }
        int oldest = 0;
        for (int i = 1; i < tenants; i++) {
            if (lastUse[i] < lastUse[oldest]) {
                oldest = i;
            }
        }
        outputs[oldest].clear();
        return oldest;
    }
}
