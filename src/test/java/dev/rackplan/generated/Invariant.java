package dev.rackplan.generated;

import dev.rackplan.cli.CommandRun;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Something that holds for every valid problem.
 *
 * @param name names case folders
 * @param claim what holds, in words
 * @param check finds what breaks it; only asked where those before it hold, up to {@code ends}
 * @param turn of which seeds it is asked: searches anew take most of the time
 */
record Invariant(String name, String claim, Check check, Turn turn) {
  /** Seeds of generated problems, told apart by whether two divides them. */
  enum Turn {
    EVERY,
    EVEN,
    ODD
  }

  Invariant(String name, String claim, Check check) {
    this(name, claim, check, Turn.EVERY);
  }

  /** Whether it is asked of the problem of a seed. */
  boolean isAskedOf(long seed) {
    return switch (turn) {
      case EVERY -> true;
      case EVEN -> seed % 2 == 0;
      case ODD -> seed % 2 != 0;
    };
  }

  /** Looks for a fault. */
  interface Check {
    Optional<String> fault(Trial trial);
  }

  private static final Pattern PERCENT = Pattern.compile("by ([0-9.e+-]+)%");

  /** A problem that passes {@code validate}. */
  static final Invariant VALID =
      new Invariant("valid", "validate takes the problem", Invariant::invalid);

  /** A search that ends as searches end. */
  static final Invariant ENDS =
      new Invariant("ends", "solve ends with a plan, or says that there is none", Invariant::noEnd);

  /** All of them; the first two are what the others take for granted. */
  static List<Invariant> all() {
    return List.of(
        VALID,
        ENDS,
        new Invariant("bound", "bounds are at most the plan's figures", Bounds::abovePlan),
        new Invariant("gaps", "no part of the gap is below 0", Bounds::belowZero),
        new Invariant("bound-layer", "a layer's bound is at most the layer", Bounds::aboveLayer),
        new Invariant("bound-usual", "bounds are at most usual plans' figures", Bounds::aboveUsual),
        new Invariant("bound-seed", "bounds hold for another seed's plan", Bounds::aboveOtherSeed),
        new Invariant("bound-layout", "a layout that can't win does not", Bounds::beatsItsBound),
        new Invariant("never-worse", "no usual plan of the layout is better", Plans::worse),
        new Invariant(
            "never-worse-sample",
            "nor where tokens are planned for in parts or with caution",
            Plans::worseOnSample),
        new Invariant("best-tried", "no layout tried, nor front point, is better", Plans::notBest),
        new Invariant("one-copy", "no GPU holds an expert twice", Plans::secondCopy),
        new Invariant("memory", "every GPU's memory holds its stage", Plans::overMemory),
        new Invariant("evaluate", "evaluate gives solve's figures", Plans::judgedOtherwise),
        new Invariant("explained", "a term is the sum of its parts", Explained::otherwise),
        new Invariant("from", "nothing worse comes out of --from", Plans::worseThanStart, Turn.ODD),
        new Invariant(
            "remedy", "what is said where there is no plan makes sense", Plans::oddRemedy),
        new Invariant(
            "names", "other names change nothing but names", Notations::renamed, Turn.ODD),
        new Invariant(
            "notation", "other ways to write it change nothing", Notations::rewritten, Turn.EVEN),
        new Invariant(
            "maps", "an expert map says the same as JSON and YAML", ExpertMaps::differ, Turn.ODD),
        new Invariant("threads", "threads change no byte", Plans::threaded, Turn.EVEN));
  }

  /** What breaks it; an exception counts. */
  Optional<String> fault(Trial trial) {
    try {
      return check.fault(trial);
    } catch (RuntimeException | AssertionError e) {
      return Optional.of("threw " + first(e) + " [at " + place(e) + "]");
    }
  }

  private static String first(Throwable e) {
    return e.toString().lines().findFirst().orElse("");
  }

  private static String place(Throwable e) {
    for (StackTraceElement element : e.getStackTrace()) {
      if (element.getClassName().startsWith("dev.rackplan.")) {
        return element.toString();
      }
    }
    return "";
  }

  private static Optional<String> invalid(Trial trial) {
    CommandRun run = trial.validate();
    return run.exitCode() == 0 ? Optional.empty() : Optional.of(ended(run));
  }

  private static Optional<String> noEnd(Trial trial) {
    CommandRun run = trial.solve().run();
    boolean usual = run.exitCode() == 0 || run.exitCode() == 3;
    return usual && !run.err().contains("\tat ") ? Optional.empty() : Optional.of(ended(run));
  }

  /** How a run ended: the exception, and where its cause came from. */
  static String ended(CommandRun run) {
    List<String> lines = run.err().lines().toList();
    String error = String.join(" | ", lines.subList(0, Math.min(3, lines.size())));
    int cause = 0;
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).startsWith("Caused by: ") || lines.get(i).contains("internal error")) {
        cause = i;
        error = lines.get(i).replaceFirst(".*(Caused by|internal error): ", "");
      }
    }
    List<String> frames =
        lines.subList(cause, lines.size()).stream()
            .filter(line -> line.startsWith("\tat dev.rackplan."))
            .map(line -> line.strip().replace("dev.rackplan.", ""))
            .limit(3)
            .toList();
    return "exit " + run.exitCode() + ": " + error + " " + frames;
  }

  /** By how many percent a fault says that something is off; 0 where it says none. */
  static double percent(String fault) {
    Matcher matcher = PERCENT.matcher(fault);
    return matcher.find() ? Double.parseDouble(matcher.group(1)) : 0;
  }

  /** What two faults of one cause share: words up to the first figure, or the first frame. */
  static String kind(String fault) {
    int frame = fault.indexOf("[at ");
    String words = fault.replaceAll("[0-9][0-9.Ee-]*", "#");
    return frame < 0
        ? words.substring(0, Math.min(40, words.length()))
        : fault.substring(frame).replaceAll("[,\\]].*", "");
  }
}
