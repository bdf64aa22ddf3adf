package dev.rackplan.law;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * One law up to 64 rows and one above, because engines change the kernel there. Above, the law of
 * few rows at 64 is a lower bound, so that time never falls with rows.
 *
 * @param few fitted to m ≤ 64
 * @param many fitted to m > 64
 */
public record GemmLaw(GemmRangeLaw few, GemmRangeLaw many) implements Law<Gemm> {
  /** The most rows of {@link #few}. */
  public static final double FEW_ROWS = 64;

  static final LawForm<Gemm> FORM =
      new LawForm<>(
          GemmRangeLaw.FORM.formula() + ", few up to 64 rows, many above",
          GemmRangeLaw.FORM.where(),
          parameters(),
          v -> {
            int half = v.length / 2;
            return new GemmLaw(
                (GemmRangeLaw) GemmRangeLaw.FORM.law(Arrays.copyOf(v, half)),
                (GemmRangeLaw) GemmRangeLaw.FORM.law(Arrays.copyOfRange(v, half, v.length)));
          });

  private static List<Parameter> parameters() {
    List<Parameter> both = new ArrayList<>();
    for (String range : List.of("few", "many")) {
      for (Parameter one : GemmRangeLaw.FORM.parameters()) {
        String name = one.name().substring(0, 1).toUpperCase(Locale.ROOT) + one.name().substring(1);
        both.add(
            new Parameter(
                range + name, range + " " + one.symbol(), one.least(), one.most(), one.start()));
      }
    }
    return both;
  }

  @Override
  public double seconds(Gemm op, Setting setting) {
    if (op.rows() <= FEW_ROWS) {
      return few.seconds(op, setting);
    }
    return Math.max(
        few.seconds(new Gemm(FEW_ROWS, op.width(), op.depth()), setting),
        many.seconds(op, setting));
  }

  /** The same with no more than that share of the datasheet rate. */
  GemmLaw atMost(double computeShare) {
    return new GemmLaw(few.atMost(computeShare), many.atMost(computeShare));
  }

  @Override
  public double startSeconds() {
    return few.startSeconds();
  }
}
