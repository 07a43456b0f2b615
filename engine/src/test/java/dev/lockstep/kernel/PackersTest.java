package dev.lockstep.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.tensor.ArrayPacker;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.PackedMatrix;
import dev.lockstep.tensor.PanelPacker;
import dev.lockstep.tensor.Region;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every packer makes the bytes that the Java one makes, and sees the same weights that are not finite. */
class PackersTest {
    private static final int[] OUTPUTS = {1, 15, 16, 17, 31, 33, 50};
    private static final int[] BLOCKS = {1, 2, 3, 7, 8};

    private static Stream<ElementType> types() {
        return Arrays.stream(ElementType.values()).filter(PackedMatrix::supports);
    }

    private static List<PanelPacker> packers() {
        return List.of(new ArrayPacker(), KernelTier.AUTO.choose().packer());
    }

    private static int k(ElementType type, int blocks) {
        return type.blockSize() == 1 ? 4 * blocks + 1 : type.blockSize() * blocks;
    }

    @ParameterizedTest
    @MethodSource("types")
    void thePackersAgree(ElementType type) {
        SplittableRandom random = new SplittableRandom(Integer.getInteger("lockstep.seed", 3));
        for (int outputs : OUTPUTS) {
            for (int blocks : BLOCKS) {
                int k = k(type, blocks);
                byte[] file = new byte[(int) (outputs * type.bytes(k))];
                random.nextBytes(file);
                byte[] expected = null;
                for (PanelPacker packer : packers()) {
                    for (boolean heap : new boolean[] {true, false}) {
                        byte[] packed = pack(packer, type, outputs, k, file, heap);
                        expected = expected == null ? packed : expected;
                        assertThat(packed)
                                .as("%s, %d × %d, %s, heap %b", type, outputs, k, packer, heap)
                                .isEqualTo(expected);
                    }
                }
            }
        }
    }

    /** All panels' bytes; they are packed one by one and in a run, on top of what was there before. */
    private static byte[] pack(PanelPacker packer, ElementType type, int outputs, int k, byte[] file, boolean heap) {
        try (Region region = Region.allocate("packed", PackedMatrix.packedBytes(type, outputs, k));
                Region source = Region.allocate("rows", file.length)) {
            PackedMatrix matrix = new PackedMatrix(type, outputs, k, region.address());
            MemorySegment rows =
                    heap ? MemorySegment.ofArray(file) : source.segment().asSlice(0, file.length);
            rows.copyFrom(MemorySegment.ofArray(file));
            region.segment().fill((byte) 0x55);
            packer.pack(matrix, rows, 0, matrix.panels());
            byte[] atOnce = bytes(region, matrix);
            region.segment().fill((byte) 0x55);
            long panelRows = PackedMatrix.PANEL * matrix.rowBytes();
            for (int p = 0; p < matrix.panels(); p++) {
                long count = matrix.outputs(p) * matrix.rowBytes();
                packer.pack(matrix, rows.asSlice(p * panelRows, count), p, p + 1);
            }
            assertThat(bytes(region, matrix)).isEqualTo(atOnce);
            return atOnce;
        }
    }

    private static byte[] bytes(Region region, PackedMatrix matrix) {
        return region.segment().asSlice(0, matrix.bytes()).toArray(ValueLayout.JAVA_BYTE);
    }

    @ParameterizedTest
    @MethodSource("types")
    void everyWeightThatIsNotFiniteIsSeen(ElementType type) {
        SplittableRandom random = new SplittableRandom(5);
        int outputs = 33;
        int k = k(type, 3);
        for (int round = 0; round < 60; round++) {
            byte[] file = new byte[(int) (outputs * type.bytes(k))];
            boolean spoil = round > 0;
            if (spoil) {
                int block = random.nextInt(outputs * k / type.blockSize());
                spoil(type, file, block * type.blockBytes(), random.nextBoolean());
            }
            for (PanelPacker packer : packers()) {
                try (Region region = Region.allocate("packed", PackedMatrix.packedBytes(type, outputs, k));
                        Region source = Region.allocate("rows", file.length)) {
                    MemorySegment rows = source.segment().asSlice(0, file.length);
                    rows.copyFrom(MemorySegment.ofArray(file));
                    PackedMatrix matrix = new PackedMatrix(type, outputs, k, region.address());
                    assertThat(packer.pack(matrix, rows, 0, matrix.panels()))
                            .as("%s, round %d", packer, round)
                            .isEqualTo(!spoil);
                }
            }
        }
    }

    /** Makes a weight, or the scale of a block, an infinity or not a number, of either sign. */
    private static void spoil(ElementType type, byte[] file, int block, boolean negative) {
        int at = block + (type == ElementType.Q6_K ? type.blockBytes() - 2 : 0);
        int sign = negative ? 0x80 : 0;
        switch (type) {
            case F32 -> {
                file[at] = (byte) (negative ? 1 : 0);
                file[at + 2] = (byte) 0x80;
                file[at + 3] = (byte) (0x7F | sign);
            }
            case BF16 -> {
                file[at] = (byte) (negative ? 0x81 : 0x80);
                file[at + 1] = (byte) (0x7F | sign);
            }
            default -> {
                file[at] = (byte) (negative ? 1 : 0);
                file[at + 1] = (byte) (0x7C | sign);
            }
        }
    }
}
