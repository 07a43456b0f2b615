package dev.lockstep.model;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.Quoted;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.Workers;
import dev.lockstep.tensor.Memory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Fills placed weights from the mapped file, all workers packing parts of one tensor at a time. */
final class WeightLoader {
    private WeightLoader() {}

    /**
     * Packs every placement.
     *
     * @param progress told the bytes packed so far and the bytes in all
     * @throws UnusableModelException if a weight is infinite or not a number
     */
    static void load(GgufFile file, List<WeightPlacer.Placement> placements, Workers workers, LoadProgress progress)
            throws UnusableModelException {
        long total = placements.stream().mapToLong(p -> p.tensor().bytes()).sum();
        long done = 0;
        for (WeightPlacer.Placement placement : placements) {
            GgufTensor tensor = placement.tensor();
            MemorySegment data = file.data(tensor);
            boolean finite = switch (placement) {
                case WeightPlacer.Placement.Matrix m -> pack(m, data, workers);
                case WeightPlacer.Placement.Vector v -> copy(v, data);
            };
            if (!finite) {
                throw new UnusableModelException(file.path().getFileName() + ": tensor " + Quoted.name(tensor.name())
                        + " holds a weight that is infinite or not a number");
            }
            // The packed copy is what is read from now on; keeping the file's pages would double the memory.
            data.unload();
            done += tensor.bytes();
            progress.loaded(done, total);
        }
    }

    private static boolean pack(WeightPlacer.Placement.Matrix placement, MemorySegment data, Workers workers) {
        AtomicBoolean finite = new AtomicBoolean(true);
        int panels = placement.matrix().panels();
        workers.run(worker -> {
            int from = workers.share(panels, worker);
            int to = workers.share(panels, worker + 1);
            if (!placement.matrix().pack(data, from, to)) {
                finite.set(false);
            }
        });
        return finite.get();
    }

    private static boolean copy(WeightPlacer.Placement.Vector placement, MemorySegment data) {
        MemorySegment.copy(data, 0, Memory.ALL, placement.address(), data.byteSize());
        for (long i = 0; i < data.byteSize(); i += 4) {
            if (!Float.isFinite(data.get(ValueLayout.JAVA_FLOAT_UNALIGNED, i))) {
                return false;
            }
        }
        return true;
    }
}
