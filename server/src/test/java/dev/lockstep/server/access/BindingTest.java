package dev.lockstep.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BindingTest {
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, false, false, true",
        "127.9.9.9, false, false, true",
        "::1, false, false, true",
        "0.0.0.0, false, false, false",
        "::, false, false, false",
        "192.168.1.2, false, false, false",
        "192.168.1.2, true, false, true",
        "192.168.1.2, false, true, true"
    })
    void othersNeedKeysOrAWord(String address, boolean keys, boolean insecure, boolean allowed) throws Exception {
        assertThat(Binding.refusal(InetAddress.getByName(address), keys, insecure)
                        .isEmpty())
                .isEqualTo(allowed);
    }

    @ParameterizedTest
    @CsvSource({"192.168.1.2, 192.168.1.2", "0.0.0.0, 0.0.0.0"})
    void theSentenceNamesTheAddressAndBothWaysOut(String address, String shown) throws Exception {
        assertThat(Binding.refusal(InetAddress.getByName(address), false, false))
                .contains("listening on " + shown + " would let in anybody who reaches this machine: "
                        + "give a key file with --keys, or say --insecure-no-auth");
    }
}
