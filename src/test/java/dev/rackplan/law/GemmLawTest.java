package dev.rackplan.law;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class GemmLawTest {
  private static final Setting H100 =
      Setting.of(
          new Rates(3.35e12, 989e12, OptionalDouble.of(1979e12), OptionalDouble.empty()),
          KernelFormat.BF16,
          KernelFormat.BF16);

  @Test
  void timesNeverFallWithRows_evenWhereTheLawOfManyIsBelowThatOfFew() {
    GemmRangeLaw few = new GemmRangeLaw(1e-5, 0.2, 0.4, 1.2, 4e-10, 3);
    GemmRangeLaw many = new GemmRangeLaw(2e-6, 0.7, 0.9, 2, 1e-10, 1);
    GemmLaw law = new GemmLaw(few, many);

    double before = 0;
    for (double rows = 1; rows < 20_000; rows *= 1.1) {
      double now = law.seconds(new Gemm(rows, 4096, 4096), H100);
      assertTrue(now >= before, "at " + rows);
      before = now;
    }
    assertEquals(
        few.seconds(new Gemm(8, 512, 512), H100), law.seconds(new Gemm(8, 512, 512), H100));
    Gemm large = new Gemm(16_384, 8192, 8192);
    assertEquals(many.seconds(large, H100), law.seconds(large, H100));
  }
}
