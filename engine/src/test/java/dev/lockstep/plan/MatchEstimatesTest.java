package dev.lockstep.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MatchEstimatesTest {
    @Test
    void longMatchesAndShortOnesAreKnownApart() {
        MatchEstimates all = MatchEstimates.ofAll(4);
        MatchEstimates one = MatchEstimates.ofRequest(all);
        for (int cycle = 0; cycle < 40; cycle++) {
            one.of(2).observe(4, 0);
            one.of(20).observe(4, 4);
        }
        assertThat(one.of(2).rate(0)).isLessThan(0.2);
        assertThat(one.of(20).rate(0)).isGreaterThan(0.9);
        assertThat(one.of(6).rate(0)).as("of which nothing was seen").isBetween(0.55, 0.65);
        MatchEstimates another = MatchEstimates.ofRequest(all);
        assertThat(another.of(1).rate(0)).as("what others saw").isLessThan(0.3);
        assertThat(another.of(16).rate(0)).isGreaterThan(0.8);
    }

    @Test
    void classesBeginAtPowersOfTwo() {
        MatchEstimates all = MatchEstimates.ofAll(1);
        assertThat(all.of(0)).isSameAs(all.of(3)).isNotSameAs(all.of(4));
        assertThat(all.of(4)).isSameAs(all.of(7)).isNotSameAs(all.of(8));
        assertThat(all.of(8)).isSameAs(all.of(15)).isNotSameAs(all.of(16));
        assertThat(all.of(16)).isSameAs(all.of(1_000_000));
    }
}
