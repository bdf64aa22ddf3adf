package dev.rackplan.cost.operation;

import dev.rackplan.law.Answer;
import dev.rackplan.law.ExpertsLaw;
import dev.rackplan.law.ExpertsRate;
import dev.rackplan.law.GemmLaw;
import dev.rackplan.law.GemmRangeLaw;
import dev.rackplan.law.NormTable;
import dev.rackplan.law.Setting;
import dev.rackplan.model.MoeFfn;

/**
 * What the routed experts of one GPU take, by what it computes of them. Immutable.
 *
 * <p>Searches ask it for each move, so the law is brought to one layer's experts once. Where the
 * engine tunes between kernels it does so by the size of the batch, not by what each GPU gets: the
 * kernel that is fastest on balanced experts runs on all.
 *
 * <p>Powers come from a table; {@link ExpertTime} takes the same, so that what is searched for is
 * what is reported.
 */
public final class ExpertPrice {
  private static final double MATRICES = 3;
  // Tiles of 128 rows, the last of which is half full in the mean.
  private static final double HALF_TILE = 64;

  private final ExpertsRate rate;
  private final NormTable norm;
  private final double times;
  private final Handled handled;
  private final int law;
  private final double leastActive;
  private final FusedShared shared;

  /**
   * @param rate the law
   * @param times how often the kernel runs for one micro-batch
   * @param handled tokens that it handles beside their pairs
   * @param law its position among those between which the engine tunes
   */
  ExpertPrice(ExpertsRate rate, double times, Handled handled, int law) {
    this(rate, times, handled, law, 0, FusedShared.NONE);
  }

  private ExpertPrice(
      ExpertsRate rate,
      double times,
      Handled handled,
      int law,
      double leastActive,
      FusedShared shared) {
    this.rate = rate;
    this.norm = NormTable.of(rate.norm());
    this.times = times;
    this.handled = handled;
    this.law = law;
    this.leastActive = leastActive;
    this.shared = shared;
  }

  /**
   * Tokens that the kernel handles.
   *
   * @param gathered whatever experts the GPU has
   * @param perPair for each of its pairs
   */
  public record Handled(double gathered, double perPair) {
    /** All tokens come. */
    public static Handled all(Batch batch) {
      return new Handled(batch.tokensAtOnce(), 0);
    }

    /** A token comes once for all its experts on the GPU, as many as evenly drawn GPUs share. */
    public static Handled sent(MoeFfn moe, int gpus) {
      return new Handled(0, receivers(moe, gpus) / moe.expertsPerToken());
    }

    /** GPUs that a token goes to where each of its experts lies on an evenly drawn one. */
    public static double receivers(MoeFfn moe, int gpus) {
      return gpus * (1 - StrictMath.pow(1 - 1.0 / gpus, moe.expertsPerToken()));
    }
  }

  /**
   * By the laws of {@code answer}; each part of the batch runs the kernel.
   *
   * @param blocks of experts that it fills up and reads, chosen or not
   * @param shared that it runs beside those that tokens chose
   */
  public static ExpertPrice of(
      Answer answer,
      MoeShard shard,
      MoeFfn moe,
      Batch batch,
      int gpus,
      Handled handled,
      ExpertBlocks blocks,
      FusedShared shared) {
    ExpertPrice fastest = null;
    double least = Double.POSITIVE_INFINITY;
    double pairs = batch.tokensAtOnce() * moe.expertsPerToken() / gpus;
    double active =
        Roofline.expectedDistinctExperts(moe.experts(), moe.expertsPerToken(), batch.tokensAtOnce())
            / gpus;
    for (int i = 0; i < answer.laws().size(); i++) {
      Setting setting = answer.settings().get(i);
      ExpertsRate rate = rate((ExpertsLaw) answer.laws().get(i), shard, moe, setting);
      ExpertPrice price =
          new ExpertPrice(
              blocks.rate(rate, moe.tokenWidth(), innerSize(shard, moe), setting),
              batch.parts(),
              handled,
              i,
              blocks.experts(),
              shared);
      if (price.seconds(pairs, active) < least) {
        least = price.seconds(pairs, active);
        fastest = price;
      }
    }
    return fastest;
  }

  /**
   * By the law of products, one expert after the other: grouped products of as many tokens as each
   * expert has, its last tile filled up.
   */
  public static ExpertPrice ofProducts(Answer products, MoeShard shard, MoeFfn moe, Batch batch) {
    GemmRangeLaw product = ((GemmLaw) products.laws().get(0)).many();
    ExpertsLaw law =
        new ExpertsLaw(
            2 * product.startSeconds(),
            product.computeShare(),
            product.memoryShare(),
            product.norm(),
            HALF_TILE,
            0,
            0,
            0,
            0);
    return new ExpertPrice(
        rate(law, shard, moe, products.settings().get(0)), batch.parts(), new Handled(0, 0), 0);
  }

  private static ExpertsRate rate(ExpertsLaw law, MoeShard shard, MoeFfn moe, Setting setting) {
    return law.rate(moe.tokenWidth(), innerSize(shard, moe), setting);
  }

  /** Elements of an expert's inner layer on one GPU, as if it had three matrices. */
  public static double innerSize(MoeShard shard, MoeFfn moe) {
    return shard.expertParameters() / MATRICES / moe.tokenWidth();
  }

  /** Position of its law among those between which the engine tunes. */
  public int law() {
    return law;
  }

  /** Experts whose blocks run, chosen or not: {@link ExpertBlocks}; 0 where a law's kernel runs. */
  public double filledExperts() {
    return leastActive;
  }

  /** The shared expert that the kernel runs beside those that tokens chose. */
  public FusedShared shared() {
    return shared;
  }

  /** How often the kernel runs for one micro-batch. */
  public double runs() {
    return times;
  }

  /** The same {@code factor} times as often. */
  public ExpertPrice times(double factor) {
    return new ExpertPrice(rate, times * factor, handled, law, leastActive, shared);
  }

  /** A price that is nowhere higher and convex in pairs and active experts together. */
  public ExpertPrice convex() {
    return new ExpertPrice(rate.convex(), times, handled, law, leastActive, shared);
  }

  /** Time in s of {@code pairs} (token, expert) pairs of {@code active} experts at a time. */
  public double seconds(double pairs, double active) {
    double all = pairs + shared.pairs();
    double read = read(active);
    return times
        * (rate.restSeconds(all, read, tokens(pairs))
            + norm.of(rate.computeSeconds(all, read), rate.fetchSeconds(read)));
  }

  /** The same with its parts. */
  public ExpertTime time(double pairs, double active) {
    double all = pairs + shared.pairs();
    double read = read(active);
    return new ExpertTime(
        times * rate.computeSeconds(all, read),
        times * rate.fetchSeconds(read),
        times * rate.restSeconds(all, read, tokens(pairs)),
        rate.norm());
  }

  private double read(double active) {
    return Math.max(active + shared.experts(), leastActive);
  }

  /** Tokens that the kernel handles with so many pairs. */
  public double tokens(double pairs) {
    return handled.gathered() + handled.perPair() * pairs;
  }
}
