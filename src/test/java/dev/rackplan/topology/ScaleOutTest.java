package dev.rackplan.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ScaleOutTest {
  @Test
  void withNicBandwidth_keepsTheShareOfTheUplinkAndAllElse() {
    LinkSpec nic = new LinkSpec(50e9, 7e-6, 0.8);
    ScaleOut network = new ScaleOut(nic, OptionalDouble.of(120e9), 3, 2.5);

    assertEquals(
        new ScaleOut(new LinkSpec(12.5e9, 7e-6, 0.8), OptionalDouble.of(30e9), 3, 2.5),
        network.withNicBandwidth(12.5e9));
  }

  @Test
  void withNicBandwidth_leavesAnUplinkThatFollowsFromTheNics() {
    ScaleOut network = new ScaleOut(new LinkSpec(50e9, 7e-6, 0.8), OptionalDouble.empty(), 3, 2.5);

    assertEquals(
        new ScaleOut(new LinkSpec(200e9, 7e-6, 0.8), OptionalDouble.empty(), 3, 2.5),
        network.withNicBandwidth(200e9));
  }
}
