package dev.lockstep.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TableRuleTest {
    private static double share(String java) {
        return TableRule.literalShare(java.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void measuresLiteralsInWhatIsNotWhiteSpace() {
        assertThat(share("\"ab\" x y\n")).isEqualTo(4 / 6.0, within(1e-9));
        assertThat(share("'\\'' 12_3L 0xFF x")).isEqualTo(13 / 14.0, within(1e-9));
        assertThat(share("\"a\\\"b\" a1 b2")).isEqualTo(6 / 10.0, within(1e-9));
        assertThat(share("x \"no end\nyy")).isEqualTo(7 / 10.0, within(1e-9));
    }

    @Test
    void countsCommentsButThoseAtTheTop() {
        assertThat(share("// licence\n/* \"more\" */ x 1 // \"y\"\n")).isEqualTo(1 / 8.0, within(1e-9));
        assertThat(share("/*/ \"one comment\" */ x")).isZero();
        assertThat(share("x /* no end")).isZero();
        assertThat(share("a / b")).isZero();
    }

    @Test
    void nothingIsNoTable() {
        assertThat(share("")).isZero();
        assertThat(share(" \n")).isZero();
        assertThat(share("/")).isZero();
        assertThat(share("/*")).isZero();
    }

    @Test
    void tellsATableFromAProgram() {
        StringBuilder table = new StringBuilder("package p;\nclass Names {\n    Object[][] names = {\n");
        for (int i = 0; i < 50; i++) {
            table.append("        { \"key.of.")
                    .append(i)
                    .append("\", \"name number ")
                    .append(i)
                    .append("\" },\n");
        }
        assertThat(TableRule.isTable(table.append("    };\n}\n").toString().getBytes(StandardCharsets.UTF_8)))
                .isTrue();
        assertThat(TableRule.isTable(Texts.program(1, 50).getBytes(StandardCharsets.UTF_8)))
                .isFalse();
    }
}
