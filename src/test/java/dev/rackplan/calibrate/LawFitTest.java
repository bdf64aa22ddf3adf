package dev.rackplan.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.law.Collective;
import dev.rackplan.law.CollectiveLaw;
import dev.rackplan.law.DecodeAttention;
import dev.rackplan.law.DecodeAttentionLaw;
import dev.rackplan.law.Experts;
import dev.rackplan.law.ExpertsLaw;
import dev.rackplan.law.Gemm;
import dev.rackplan.law.GemmRangeLaw;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.Law;
import dev.rackplan.law.LawForm;
import dev.rackplan.law.Op;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Rates;
import dev.rackplan.law.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class LawFitTest {
  private static final Setting H100 =
      Setting.of(
          new Rates(3.35e12, 989e12, OptionalDouble.of(1978e12), OptionalDouble.empty()),
          KernelFormat.BF16,
          KernelFormat.BF16);

  @Test
  @SuppressWarnings("unchecked")
  void rowsOfACollectiveLaw_giveItsParametersBack() {
    CollectiveLaw law = new CollectiveLaw(5e-6, 3e-7, 6e-9, 2e11, 1.5);
    List<Collective> ops = new ArrayList<>();
    for (double ranks : new double[] {2, 4, 8}) {
      for (double elements = 256; elements < 1e9; elements *= 2) {
        ops.add(new Collective(2 * elements, elements, ranks));
      }
    }

    double[] found =
        new LawFit<>((LawForm<Collective>) OpKind.ALL_REDUCE.form(), H100)
            .fit(ops, seconds(law, ops));

    assertEquals(5e-6, found[0], 0.02 * 5e-6);
    assertEquals(3e-7, found[1], 0.02 * 3e-7);
    assertEquals(6e-9, found[2], 0.02 * 6e-9);
    assertEquals(2e11, found[3], 0.02 * 2e11);
    assertEquals(1.5, found[4], 0.05);
  }

  @Test
  void rowsOfAProductLaw_giveItsTimesBackThoughATenthIsOfAnotherKernel() {
    GemmRangeLaw law = new GemmRangeLaw(3e-6, 0.6, 0.8, 1.6, 4e-10, 3);
    List<Gemm> ops = products();
    double[] seconds = seconds(law, ops);
    for (int i = 0; i < seconds.length; i += 10) {
      seconds[i] *= 4;
    }

    double[] found = new LawFit<>(GemmRangeLaw.FORM, H100).fit(ops, seconds);

    assertTimes(GemmRangeLaw.FORM, found, law, ops, 0.03);
  }

  @Test
  @SuppressWarnings("unchecked")
  void rowsOfAnAttentionLaw_giveItsTimesBack() {
    DecodeAttentionLaw law =
        new DecodeAttentionLaw(9e-6, 0.7, 0.3, 1.4, 60, 8e-9, 900, 4e-9, 1e-12);
    List<DecodeAttention> ops = new ArrayList<>();
    for (double sequences = 1; sequences <= 512; sequences *= 4) {
      for (double keys = 16; keys < 1e5; keys *= 3) {
        for (double kvHeads : new double[] {1, 4, 8}) {
          for (double ratio : new double[] {1, 8}) {
            ops.add(new DecodeAttention(sequences, kvHeads * ratio, kvHeads, 128, keys));
          }
        }
      }
    }

    LawForm<DecodeAttention> form = (LawForm<DecodeAttention>) OpKind.DECODE_ATTENTION.form();
    double[] found = new LawFit<>(form, H100).fit(ops, seconds(law, ops));

    assertTimes(form, found, law, ops, 0.03);
  }

  @Test
  @SuppressWarnings("unchecked")
  void rowsOfAnExpertLaw_giveItsTimesBack() {
    ExpertsLaw law = new ExpertsLaw(2e-5, 0.5, 0.8, 2, 12, 30, 5e-8, 6, 10);
    List<Experts> ops = new ArrayList<>();
    for (double tokens = 1; tokens <= 16384; tokens *= 2) {
      for (double experts : new double[] {8, 64, 256}) {
        for (double inner : new double[] {256, 768, 2048}) {
          double active = experts * (1 - Math.pow(1 - 8.0 / Math.max(9, experts), tokens));
          ops.add(new Experts(8 * tokens, active, tokens, 4096 + inner, inner));
        }
      }
    }

    LawForm<Experts> form = (LawForm<Experts>) OpKind.EXPERTS.form();
    double[] found = new LawFit<>(form, H100).fit(ops, seconds(law, ops));

    assertTimes(form, found, law, ops, 0.03);
  }

  @Test
  void fewerRowsThanParametersAndThree_areRefused() {
    List<Gemm> ops = products().subList(0, 8);
    double[] seconds = seconds(new GemmRangeLaw(3e-6, 0.6, 0.8, 1.6, 4e-10, 3), ops);

    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> new LawFit<>(GemmRangeLaw.FORM, H100).fit(ops, seconds));

    assertEquals("a fit needs 9 rows with a time each, had 8", refused.getMessage());
  }

  @Test
  void loss_isSquareNearAndStraightFarAway() {
    assertEquals(0.001, LawFit.pseudo(0.001), 1e-6);
    assertEquals(-0.001, LawFit.pseudo(-0.001), 1e-6);
    double one = LawFit.pseudo(1);
    double four = LawFit.pseudo(4);
    // Twice the root of the loss for four times the distance.
    assertEquals(2, four / one, 0.05);
    assertTrue(Double.isFinite(LawFit.pseudo(Double.NaN)));
  }

  private static List<Gemm> products() {
    List<Gemm> ops = new ArrayList<>();
    for (double rows = 1; rows <= 16384; rows *= 4) {
      for (double width : new double[] {256, 1024, 4096, 12288}) {
        for (double depth : new double[] {512, 2048, 8192}) {
          ops.add(new Gemm(rows, width, depth));
        }
      }
    }
    return ops;
  }

  private static <O extends Op> double[] seconds(Law<O> law, List<O> ops) {
    return ops.stream().mapToDouble(op -> law.seconds(op, H100)).toArray();
  }

  private static <O extends Op> void assertTimes(
      LawForm<O> form, double[] found, Law<O> law, List<O> ops, double most) {
    Law<O> fitted = form.law(found);
    for (O op : ops) {
      double error = Math.abs(fitted.seconds(op, H100) / law.seconds(op, H100) - 1);
      assertTrue(error < most, op + " is off by " + error);
    }
  }
}
