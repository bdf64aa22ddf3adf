package dev.rackplan.law;

import java.util.List;

/**
 * {@code t0 + |2P(pairs + tile·act)/(ec·F), P·w·act/(em·W)|_p + te·act + (tt·tokens·h + ta·pairs·(h
 * + 1.5·i))/W}, P = 3·h·(i + i0). Experts of two matrices are as wide as 2/3·i.
 *
 * @param startSeconds t0
 * @param computeShare ec
 * @param memoryShare em
 * @param norm p
 * @param tilePairs tile: pairs that an active expert's last tile is filled up with
 * @param innerPadding i0: elements that an expert's inner layer is filled up with to a tile
 * @param secondsPerActive te
 * @param bytesPerTokenElement tt, moved for each element of a handled token
 * @param bytesPerPairElement ta, moved for each element of a pair
 */
public record ExpertsLaw(
    double startSeconds,
    double computeShare,
    double memoryShare,
    double norm,
    double tilePairs,
    double innerPadding,
    double secondsPerActive,
    double bytesPerTokenElement,
    double bytesPerPairElement)
    implements Law<Experts> {
  private static final double MATRICES = 3;
  private static final double INNER_PASSES = 1.5;

  static final LawForm<Experts> FORM =
      new LawForm<>(
          "t0 + |2P(pairs + tile·act)/(ec·F), P·w·act/(em·W)|_p + te·act + (tt·tokens·h +"
              + " ta·pairs·(h + 1.5·i))/W, P = 3·h·(i + i0)",
          "act active experts, h elements of a token, i elements of an inner layer, w bytes of a"
              + " weight, F the format's rate, W the HBM bandwidth",
          List.of(
              new Parameter("startSeconds", "t0", 5e-7, 1e-3, 2e-5),
              new Parameter("computeShare", "ec", 0.02, 1.2, 0.5),
              new Parameter("memoryShare", "em", 0.02, 1.5, 0.7),
              new Parameter("norm", "p", 0.7, 8, 2),
              new Parameter("tilePairs", "tile", 0, 512, 8),
              new Parameter("innerPadding", "i0", 0, 256, 10),
              new Parameter("secondsPerActive", "te", 0, 1e-5, 1e-8),
              new Parameter("bytesPerTokenElement", "tt", 0, 200, 4),
              new Parameter("bytesPerPairElement", "ta", 0, 200, 8)),
          v -> new ExpertsLaw(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]));

  @Override
  public double seconds(Experts op, Setting setting) {
    return rate(op.hiddenSize(), op.innerSize(), setting)
        .seconds(op.pairs(), op.active(), op.tokens());
  }

  /** The same for experts of one size on one GPU, whose sums are done once. */
  public ExpertsRate rate(double hiddenSize, double innerSize, Setting setting) {
    double weights = MATRICES * hiddenSize * (innerSize + innerPadding);
    double perPair = 2 * weights / (computeShare * setting.flopsPerSecond());
    return new ExpertsRate(
        startSeconds,
        norm,
        perPair,
        perPair * tilePairs,
        weights * setting.weightBytes() / (memoryShare * setting.bytesPerSecond()),
        secondsPerActive,
        bytesPerTokenElement * hiddenSize / setting.bytesPerSecond(),
        bytesPerPairElement * (hiddenSize + INNER_PASSES * innerSize) / setting.bytesPerSecond());
  }
}
