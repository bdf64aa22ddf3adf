package dev.rackplan.report;

import java.util.Map;
import java.util.Optional;

/**
 * How one problem of a batch ended.
 *
 * @param problem its file as shown to the user
 * @param varied keys and values that a sweep gave it; empty without one
 * @param plan what is in the solution file now; empty without one
 * @param solution path of that file; empty without one
 * @param seconds from beginning to end in s
 * @param message in words, where there is more to say; may have several lines
 */
public record RunEnd(
    String problem,
    Map<String, Object> varied,
    RunStatus status,
    Optional<Compared> plan,
    Optional<String> solution,
    double seconds,
    String message) {

  /** The problem's file name without folders and ending. */
  String name() {
    String file = problem.substring(problem.lastIndexOf('/') + 1);
    return file.endsWith(".json") ? file.substring(0, file.length() - ".json".length()) : file;
  }
}
