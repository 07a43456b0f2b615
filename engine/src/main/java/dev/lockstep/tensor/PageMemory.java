package dev.lockstep.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Anonymous memory straight from the operating system, on huge pages where it offers them.
 *
 * <p>On Linux the memory is {@code mmap}ed and, from 2 MiB on, aligned to 2 MiB and advised {@code MADV_HUGEPAGE}
 * before anything touches it. (An {@link Arena} would write zeros first, and so fix 4 KB pages.) Elsewhere, or if the
 * calls cannot be found, the arena allocates.
 */
@SuppressWarnings("restricted") // mmap is native by nature
final class PageMemory {
    private static final long HUGE_PAGE = 2L << 20;
    private static final int PROT_READ_WRITE = 0x1 | 0x2;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20;
    private static final int MADV_HUGEPAGE = 14;
    private static final long MAP_FAILED = -1;

    private static final Optional<Calls> CALLS = Calls.find();

    private PageMemory() {}

    /** Returns {@code bytes} zeroed bytes that are released with {@code arena}; at least 64-byte aligned. */
    static MemorySegment allocate(Arena arena, long bytes) {
        if (CALLS.isEmpty() || bytes < HUGE_PAGE) {
            return arena.allocate(bytes, Memory.ALIGNMENT);
        }
        Calls calls = CALLS.get();
        long mapped = Math.addExact(bytes, HUGE_PAGE);
        long base = calls.map(mapped);
        if (base == MAP_FAILED) {
            throw new OutOfMemoryError("the operating system refused " + bytes + " bytes of memory");
        }
        long start = (base + HUGE_PAGE - 1) & -HUGE_PAGE;
        calls.adviseHugePages(start, bytes);
        return MemorySegment.ofAddress(start).reinterpret(bytes, arena, _ -> calls.unmap(base, mapped));
    }

    private record Calls(MethodHandle mmap, MethodHandle munmap, MethodHandle madvise) {
        static Optional<Calls> find() {
            if (!System.getProperty("os.name").equals("Linux")) {
                return Optional.empty();
            }
            Linker linker = Linker.nativeLinker();
            SymbolLookup libc = linker.defaultLookup();
            ValueLayout.OfLong l = ValueLayout.JAVA_LONG;
            ValueLayout.OfInt i = ValueLayout.JAVA_INT;
            return Optional.of(new Calls(
                    linker.downcallHandle(libc.findOrThrow("mmap"), FunctionDescriptor.of(l, l, l, i, i, i, l)),
                    linker.downcallHandle(libc.findOrThrow("munmap"), FunctionDescriptor.of(i, l, l)),
                    linker.downcallHandle(libc.findOrThrow("madvise"), FunctionDescriptor.of(i, l, l, i))));
        }

        long map(long bytes) {
            try {
                return (long) mmap.invokeExact(0L, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        /** Advice only: a kernel without huge pages refuses it and loses nothing but speed. */
        void adviseHugePages(long address, long bytes) {
            try {
                int _ = (int) madvise.invokeExact(address, bytes, MADV_HUGEPAGE);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        void unmap(long address, long bytes) {
            try {
                int _ = (int) munmap.invokeExact(address, bytes);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
    }
}
