package dev.rackplan.cli;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.Solved;
import dev.rackplan.json.InputException;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.problem.Pool;
import dev.rackplan.workload.Phase;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Solutions that are exported as one deployment: those of prefill read prompts for those of decode,
 * or all of them do both.
 *
 * @param name of all
 * @param members each pool, those of prefill first
 */
record PoolsTogether(String name, List<Member> members) {
  PoolsTogether {
    members = List.copyOf(members);
  }

  /**
   * A pool.
   *
   * @param word what it is called, as its folder: {@code prefill}, {@code decode-2}
   * @param role empty where each of its instances does both
   * @param shown its file, as the user gave it or as another names it
   */
  record Member(String word, Optional<Pool> role, String shown) {}

  /** The two pools that a solution is of one of; empty where its problem has no pools. */
  static Optional<PoolsTogether> of(String shown) {
    return SolutionFile.pool(InputFiles.path(shown), shown)
        .map(
            link -> {
              boolean first = link.pool() == Pool.PREFILL;
              String beside = link.beside().shown();
              return of(List.of(first ? shown : beside), List.of(first ? beside : shown), true);
            });
  }

  /** Files that are said to serve together. */
  static PoolsTogether of(List<String> files) {
    List<Path> paths =
        files.stream().map(file -> InputFiles.path(file).toAbsolutePath().normalize()).toList();
    if (files.size() < 2 || paths.stream().distinct().count() < files.size()) {
      throw new InputException(
          files.get(files.size() - 1),
          "",
          "--pair was given "
              + files.size()
              + " solutions"
              + (files.size() < 2 ? "" : ", one twice"),
          "Give the pools' solutions, each once.");
    }
    Map<String, Phase> phases = new LinkedHashMap<>();
    files.forEach(file -> phases.put(file, Solved.read(file).problem().workload().phase()));
    List<String> sorted = new ArrayList<>(files);
    // decode before decode-2.
    sorted.sort(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
    List<String> prefill =
        sorted.stream().filter(file -> phases.get(file) == Phase.PREFILL).toList();
    List<String> others = sorted.stream().filter(file -> !prefill.contains(file)).toList();
    if (others.isEmpty() || phases.containsValue(Phase.TRAINING)) {
      throw new InputException(
          files.get(files.size() - 1),
          "",
          "--pair was given plans for "
              + phases.values().stream()
                  .map(phase -> phase.name().toLowerCase(Locale.ROOT))
                  .collect(Collectors.joining(" and ")),
          "Give plans of prefill and of decode problems.");
    }
    return of(prefill, others, false);
  }

  private static PoolsTogether of(List<String> prefill, List<String> others, boolean linked) {
    boolean apart = !prefill.isEmpty();
    List<Member> members = new ArrayList<>(members(Optional.of(Pool.PREFILL), prefill));
    members.addAll(
        apart ? members(Optional.of(Pool.DECODE), others) : members(Optional.empty(), others));
    return new PoolsTogether(stem(others.get(0), linked), members);
  }

  private static List<Member> members(Optional<Pool> role, List<String> files) {
    List<Member> members = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      members.add(new Member(Pool.word(role, i + 1), role, files.get(i)));
    }
    return members;
  }

  // What all files are called, less what tells them apart.
  private static String stem(String file, boolean linked) {
    String own = InputFiles.baseName(InputFiles.path(file));
    String stem = own.replaceFirst("-decode$", "").replaceFirst("^(decode|serve)-", "");
    boolean nothing = stem.isEmpty() || stem.equals("decode") || !linked && stem.equals("solution");
    return nothing ? "pools" : stem;
  }

  /** Files of all. */
  List<String> files() {
    return members.stream().map(Member::shown).toList();
  }
}
