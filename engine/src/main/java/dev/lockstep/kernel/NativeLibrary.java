package dev.lockstep.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/**
 * The native tier's library, {@code src/main/native/kernels.c}, as this build and this machine have it.
 *
 * <p>The build compiles it when there is a C compiler and packs it beside the classes, so that it may be missing; the
 * processor may lack the instructions. Either is a reason, kept for the log, and no error.
 */
@SuppressWarnings("restricted") // calling native code is its purpose
final class NativeLibrary {
    /** The instruction sets, as {@code kernels.c} numbers them. */
    static final int AVX2 = 1;

    private static final String[] ISAS = {"none", "AVX2", "AVX-512 VNNI", "NEON dot product"};

    /** The library, loaded once. */
    static final NativeLibrary INSTANCE = new NativeLibrary();

    private final SymbolLookup symbols;
    private final int isa;
    private final String reason;

    private NativeLibrary() {
        SymbolLookup found = null;
        int foundIsa = 0;
        String why;
        try {
            found = load();
            if (found == null) {
                why = "this build has no native library (it needs a C compiler)";
            } else {
                foundIsa = isa(found);
                why = foundIsa == 0 ? "this processor lacks the instructions" : ISAS[foundIsa];
            }
        } catch (IOException | IllegalArgumentException e) {
            why = "the native library cannot be loaded: " + e.getMessage();
        }
        symbols = found;
        isa = foundIsa;
        reason = why;
    }

    /** Whether the native tier can run here. */
    boolean usable() {
        return isa != 0;
    }

    /** The instruction set that runs, or why none does. */
    String reason() {
        return reason;
    }

    /** What every call passes first: which instruction set to run. */
    int isa() {
        return isa;
    }

    /**
     * A call of {@code name}.
     *
     * @param brief whether the call is so short that the change of thread state would be felt
     */
    MethodHandle call(String name, boolean brief, MemoryLayout... arguments) {
        FunctionDescriptor signature = FunctionDescriptor.ofVoid(arguments);
        Linker.Option[] options = brief ? new Linker.Option[] {Linker.Option.critical(false)} : new Linker.Option[0];
        return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), signature, options);
    }

    /** A brief call of {@code name}, which returns a float. */
    MethodHandle floatCall(String name, MemoryLayout... arguments) {
        FunctionDescriptor signature = FunctionDescriptor.of(ValueLayout.JAVA_FLOAT, arguments);
        return Linker.nativeLinker()
                .downcallHandle(symbols.findOrThrow(name), signature, Linker.Option.critical(false));
    }

    /** A call of {@code name}, which returns something. */
    MethodHandle call(String name, FunctionDescriptor signature) {
        return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), signature);
    }

    /** A brief call of {@code name} that may be given arrays of the heap. */
    MethodHandle heapCall(String name, FunctionDescriptor signature) {
        return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), signature, Linker.Option.critical(true));
    }

    private static int isa(SymbolLookup symbols) {
        MethodHandle isa = Linker.nativeLinker()
                .downcallHandle(symbols.findOrThrow("lockstep_isa"), FunctionDescriptor.of(ValueLayout.JAVA_INT));
        try {
            return (int) isa.invokeExact();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** The library of this operating system and processor out of the resources, or null if there is none. */
    private static SymbolLookup load() throws IOException {
        String override = System.getProperty("lockstep.native.library");
        if (override != null) {
            return SymbolLookup.libraryLookup(Path.of(override), Arena.global());
        }
        try (InputStream in = NativeLibrary.class.getResourceAsStream("native/" + platform() + "/liblockstep.so")) {
            if (in == null) {
                return null;
            }
            Path copy = Files.createTempFile("lockstep", ".so");
            try {
                Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
                return SymbolLookup.libraryLookup(copy, Arena.global());
            } finally {
                // What is loaded stays loaded without its name.
                Files.deleteIfExists(copy);
            }
        }
    }

    /** The folder of this machine's library, such as {@code linux-x86_64}; {@code build.sh} names it alike. */
    private static String platform() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT).replace("mac os x", "darwin");
        String arch = System.getProperty("os.arch").replace("amd64", "x86_64").replace("arm64", "aarch64");
        return os + "-" + arch;
    }
}
