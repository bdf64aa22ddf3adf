package dev.rackplan.cli;

import dev.rackplan.json.InputException;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.problem.Pool;
import dev.rackplan.workload.Phase;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Solutions of a prefill and a decode pool that are exported as one deployment.
 *
 * @param prefill the one's file, as the user gave it or as the other names it
 * @param decode the other's
 * @param linked whether the files name each other, and so have one problem
 */
record ExportedPair(String prefill, String decode, boolean linked) {

  /** The pair that a solution is of; empty where its problem has no pools. */
  static Optional<ExportedPair> of(String shown) {
    return SolutionFile.pool(InputFiles.path(shown), shown)
        .map(
            link ->
                link.pool() == Pool.PREFILL
                    ? new ExportedPair(shown, link.beside().shown(), true)
                    : new ExportedPair(link.beside().shown(), shown, true));
  }

  /** Two files that are said to serve together. */
  static ExportedPair of(List<String> files) {
    if (files.size() != 2) {
      throw new InputException(
          files.get(files.size() - 1),
          "",
          "--pair was given " + files.size() + " solutions",
          "Give two: one of a prefill and one of a decode problem.");
    }
    Phase first = phase(files.get(0));
    Phase second = phase(files.get(1));
    if (first == Phase.PREFILL && second == Phase.DECODE) {
      return new ExportedPair(files.get(0), files.get(1), false);
    }
    if (first == Phase.DECODE && second == Phase.PREFILL) {
      return new ExportedPair(files.get(1), files.get(0), false);
    }
    throw new InputException(
        files.get(1),
        "",
        "--pair was given plans for "
            + first.name().toLowerCase(Locale.ROOT)
            + " and "
            + second.name().toLowerCase(Locale.ROOT),
        "Give one of a prefill and one of a decode problem.");
  }

  private static Phase phase(String shown) {
    return Solved.read(shown).problem().workload().phase();
  }

  /** What both files are called, less what tells them apart. */
  String name() {
    String own = InputFiles.baseName(InputFiles.path(decode));
    String stem = own.replaceFirst("-decode$", "").replaceFirst("^decode-", "");
    return stem.isEmpty() || stem.equals("decode") ? "pair" : stem;
  }
}
