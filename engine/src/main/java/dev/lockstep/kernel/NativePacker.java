package dev.lockstep.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.lockstep.tensor.ArrayPacker;
import dev.lockstep.tensor.Memory;
import dev.lockstep.tensor.PackedMatrix;
import dev.lockstep.tensor.PanelPacker;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Packs by {@code pack.c}, which is fast from its first call on: loading is over before the JVM's optimising compiler would
 * be done with the same loops in Java. Types that the file does not know are packed in Java.
 */
final class NativePacker implements PanelPacker {
    private static final MethodHandle PACK = NativeLibrary.INSTANCE.call(
            "lockstep_pack", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final int UNKNOWN_TYPE = -1;

    private final PanelPacker java = new ArrayPacker();

    /** {@inheritDoc} The rows must not be a view of a mapped file: if the file is cut short, reading it ends the process. */
    @Override
    public boolean pack(PackedMatrix matrix, MemorySegment rows, int from, int to) {
        PanelPacker.check(matrix, rows, from, to);
        if (!rows.isNative() || rows.isMapped()) {
            return java.pack(matrix, rows, from, to);
        }
        boolean finite = true;
        long address = rows.address();
        for (int p = from; p < to; p++) {
            int outputs = matrix.outputs(p);
            if (outputs < PackedMatrix.PANEL) {
                Memory.clear(matrix.panel(p), matrix.panelBytes());
            }
            int result = packPanel(matrix, address, outputs, matrix.panel(p));
            if (result == UNKNOWN_TYPE) {
                return java.pack(matrix, rows, from, to);
            }
            finite &= result != 0;
            address += outputs * matrix.rowBytes();
        }
        return finite;
    }

    private static int packPanel(PackedMatrix matrix, long rows, int outputs, long panel) {
        try {
            return (int) PACK.invokeExact(matrix.type().id(), rows, (long) outputs, (long) matrix.k(), panel);
        } catch (Throwable e) {
            throw new AssertionError("a native call failed", e);
        }
    }
}
