package dev.rackplan.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class SurestOfEqualsTest {
  private record Made(String name, double gpus, double objective, OptionalDouble plusMinus) {
    Loss loss() {
      return new Loss(gpus, objective);
    }
  }

  private static Made made(String name, double gpus, double objective, double plusMinus) {
    return new Made(name, gpus, objective, OptionalDouble.of(plusMinus));
  }

  private static Optional<String> surest(Made... plans) {
    return SurestOfEquals.of(List.of(plans), Made::loss, Made::plusMinus).map(Made::name);
  }

  @Test
  void surerOfEquals_isTaken() {
    assertEquals(
        Optional.of("surer"), surest(made("best", 0, 1, 0.3), made("surer", 0, 1.0009, 0.2)));
  }

  @Test
  void better_isTaken_howeverUnsure() {
    assertEquals(
        Optional.of("best"), surest(made("best", 0, 1, 0.3), made("surer", 0, 1.002, 0.01)));
    assertEquals(Optional.of("best"), surest(made("best", 8, 1, 0.3), made("surer", 9, 1, 0.01)));
  }

  @Test
  void equallySure_isTakenByItsLoss() {
    assertEquals(
        Optional.of("best"), surest(made("other", 0, 1.0005, 0.2), made("best", 0, 1, 0.2)));
    assertEquals(
        Optional.of("known"),
        surest(new Made("unknown", 0, 1, OptionalDouble.empty()), made("known", 0, 1.0005, 0.9)));
    assertEquals(Optional.empty(), surest());
  }
}
