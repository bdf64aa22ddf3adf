package dev.rackplan.cli.option;

import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options of every command that searches: how long, and on how many processors. */
public final class SearchLimits {
  private static final double DEFAULT_SECONDS = 30;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--time-limit",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Wall-clock time of each search, such as 500ms, 20s, 2m. Default: 30s.")
  private Optional<Double> timeLimit = Optional.empty();

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Moves scored per MoE layer, instead of a time limit.")
  private Optional<Long> steps = Optional.empty();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Layers searched at the same time. Default: all processors.")
  private Optional<Integer> threads = Optional.empty();

  /** Refuses a time limit beside steps, and fewer than one of what is counted. */
  public void check() {
    refuseBelowOne("--steps", steps);
    refuseBelowOne("--threads", threads.map(Integer::longValue));
    if (timeLimit.isPresent() && steps.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--time-limit and --steps exclude each other");
    }
  }

  private void refuseBelowOne(String option, Optional<Long> count) {
    if (count.isPresent() && count.get() < 1) {
      throw new ParameterException(
          spec.commandLine(), option + " must be >= 1, was " + count.get());
    }
  }

  /** Whether the user gave a limit. */
  public boolean limited() {
    return timeLimit.isPresent() || steps.isPresent();
  }

  /** Wall-clock time of each search in s; it counts where there are no steps. */
  public double seconds() {
    return timeLimit.orElse(DEFAULT_SECONDS);
  }

  public OptionalLong steps() {
    return steps.isPresent() ? OptionalLong.of(steps.get()) : OptionalLong.empty();
  }

  /** As the user said, or all processors of this machine. */
  public int threads() {
    return threadsOr(Runtime.getRuntime().availableProcessors());
  }

  public int threadsOr(int unsaid) {
    return threads.orElse(unsaid);
  }
}
