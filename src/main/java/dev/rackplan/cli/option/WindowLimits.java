package dev.rackplan.cli.option;

import dev.rackplan.replan.WindowOptions;
import java.util.Optional;
import java.util.OptionalDouble;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options of commands that replan from window to window. */
public final class WindowLimits {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--window-weight",
      paramLabel = "W",
      description =
          "With windows of loads: what each weighs against the next one, from 0 (the last window alone) to 1 (all alike). Default: what would have foretold the windows so far best where their order tells, else 1; of fewer than three 0.5, of recorded tokens 1.")
  private Optional<Double> weight = Optional.empty();

  @Option(
      names = "--window-steps",
      paramLabel = "N",
      description =
          "With windows of loads: engine steps till the next window, in which a move has to pay. Default: 1000.")
  private Optional<Double> steps = Optional.empty();

  public boolean given() {
    return weight.isPresent() || steps.isPresent();
  }

  public WindowOptions options(
      double mostMovedBytes, long moves, OptionalDouble seconds, long seed, int threads) {
    double between = steps.orElse(WindowOptions.USUAL_STEPS);
    if (weight.filter(value -> !(value >= 0 && value <= 1)).isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--window-weight must be in 0..1, was " + weight.get());
    }
    if (!(between > 0 && between <= 1e12)) {
      throw new ParameterException(
          spec.commandLine(), "--window-steps must be > 0 and at most 1e12, was " + between);
    }
    return new WindowOptions(
        weight.map(OptionalDouble::of).orElse(OptionalDouble.empty()),
        between,
        mostMovedBytes,
        moves,
        seconds,
        seed,
        threads);
  }
}
