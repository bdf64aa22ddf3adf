package dev.rackplan.law;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/**
 * How far modelled figures of one kind were from measured ones: what their ± is made of. Nothing is
 * corrected by it.
 *
 * @param figure what they are of
 * @param source of the measured rows
 * @param date of the fit, ISO
 * @param groups errors by hardware and engine; the first is of all rows
 * @param transferredError what a step whose kernels' laws all come from other GPUs is off by beside
 *     that, against the same step by laws of its own
 * @param formulaError the same of a step without laws
 * @param pairs of rows in other layouts under the same conditions, behind {@code ratioError}
 * @param ratioError half-width in which two thirds of the ratios of their times lie; empty where
 *     there were too few pairs
 */
public record StepErrors(
    ModelledFigure figure,
    String source,
    String date,
    List<Group> groups,
    double transferredError,
    double formulaError,
    int pairs,
    OptionalDouble ratioError) {

  /**
   * Errors of rows of one kind.
   *
   * @param generation of GPUs; empty = any
   * @param gpu catalogue key; empty = any
   * @param engine as laws name it; empty = any
   * @param rows how many
   * @param models of how many models
   * @param error half-width in which two thirds of |measured/predicted - 1| lie
   * @param bias median of measured/predicted - 1, above -1
   * @param transferred mean share of these steps that rests on transferred laws
   * @param formula likewise on formulas
   */
  public record Group(
      Optional<String> generation,
      Optional<String> gpu,
      Optional<String> engine,
      int rows,
      int models,
      double error,
      double bias,
      double transferred,
      double formula) {}

  public StepErrors {
    groups = List.copyOf(groups);
    if (groups.isEmpty() || !isOf(groups.get(0), Optional.empty(), Optional.empty(), false)) {
      throw new IllegalArgumentException("the first group is of all rows");
    }
  }

  /**
   * The half-width in which two thirds of measured times lie, as a share of the modelled one; see
   * {@link #plusMinus(List, String, Optional, String, RestsOn)}.
   */
  public double plusMinus(String gpu, Optional<String> generation, String engine, RestsOn restsOn) {
    return plusMinus(List.of(this), gpu, generation, engine, restsOn);
  }

  /**
   * The same by errors of one time from several sources.
   *
   * <p>From all rows of the source with most by those of the generation, of the generation with the
   * engine and of the GPU to those of the GPU with the engine, then through the groups of the
   * source before it; a group of n models counts n : 1 against what was known before it, since
   * models err each in its own way. A step that rests more on transferred laws or formulas than
   * those rows did is wider by what that costs in sources that know such GPUs; none is narrower
   * than its laws.
   *
   * @param errors the nearest source first, at least one
   * @param gpu catalogue key
   * @param generation its generation, where known
   * @param engine as laws name it
   */
  public static double plusMinus(
      List<StepErrors> errors,
      String gpu,
      Optional<String> generation,
      String engine,
      RestsOn restsOn) {
    Seen seen = seen(errors, gpu, generation, engine);
    double carried = 0;
    double guessed = 0;
    for (StepErrors source : speaking(errors, gpu, generation, engine)) {
      carried = Math.max(carried, source.transferredError());
      guessed = Math.max(guessed, source.formulaError());
    }
    carried *= Math.max(0, restsOn.transferred() - seen.transferred());
    guessed *= Math.max(0, restsOn.formula() - seen.formula());
    double error = seen.error();
    return Math.max(
        Math.sqrt(error * error + carried * carried + guessed * guessed), restsOn.lawError());
  }

  // Of the source with most rows: the last of equals.
  private static StepErrors largest(List<StepErrors> errors) {
    StepErrors largest = errors.get(0);
    for (StepErrors source : errors) {
      largest = source.groups().get(0).rows() >= largest.groups().get(0).rows() ? source : largest;
    }
    return largest;
  }

  // Those that know such GPUs; the largest where none does.
  private static List<StepErrors> speaking(
      List<StepErrors> errors, String gpu, Optional<String> generation, String engine) {
    List<StepErrors> knowing =
        errors.stream().filter(source -> source.knows(gpu, generation, engine)).toList();
    return knowing.isEmpty() ? List.of(largest(errors)) : knowing;
  }

  /** Median of measured/predicted - 1 by the same groups. */
  public static double bias(
      List<StepErrors> errors, String gpu, Optional<String> generation, String engine) {
    return seen(errors, gpu, generation, engine).bias();
  }

  // What rows of that kind say: groups count as plusMinus says.
  private static Seen seen(
      List<StepErrors> errors, String gpu, Optional<String> generation, String engine) {
    Group all = largest(errors).groups().get(0);
    double error = StrictMath.log(all.error());
    double bias = all.bias();
    double transferred = all.transferred();
    double formula = all.formula();
    for (int i = errors.size() - 1; i >= 0; i--) {
      for (Group group : errors.get(i).nearer(gpu, generation, engine)) {
        double weight = group.models() / (group.models() + 1.0);
        error += weight * (StrictMath.log(group.error()) - error);
        bias += weight * (group.bias() - bias);
        transferred += weight * (group.transferred() - transferred);
        formula += weight * (group.formula() - formula);
      }
    }
    return new Seen(StrictMath.exp(error), bias, transferred, formula);
  }

  private record Seen(double error, double bias, double transferred, double formula) {}

  /** Whether rows of that GPU or of its generation were measured. */
  boolean knows(String gpu, Optional<String> generation, String engine) {
    return !nearer(gpu, generation, engine).isEmpty();
  }

  // The nearest last.
  private List<Group> nearer(String gpu, Optional<String> generation, String engine) {
    Optional<String> own = Optional.of(gpu);
    Optional<String> run = Optional.of(engine);
    List<Predicate<Group>> levels =
        List.of(
            group -> isOfGeneration(group, generation, Optional.empty()),
            group -> isOfGeneration(group, generation, run),
            group -> isOf(group, own, Optional.empty(), true),
            group -> isOf(group, own, run, true));
    return levels.stream().flatMap(level -> groups.stream().filter(level)).toList();
  }

  private static boolean isOfGeneration(
      Group group, Optional<String> generation, Optional<String> engine) {
    return generation.isPresent()
        && group.gpu().isEmpty()
        && group.generation().equals(generation)
        && group.engine().equals(engine);
  }

  private static boolean isOf(
      Group group, Optional<String> gpu, Optional<String> engine, boolean anyGeneration) {
    return group.gpu().equals(gpu)
        && group.engine().equals(engine)
        && (anyGeneration || group.generation().isEmpty());
  }
}
