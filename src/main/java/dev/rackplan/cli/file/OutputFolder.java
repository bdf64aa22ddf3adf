package dev.rackplan.cli.file;

import dev.rackplan.json.InputException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Where a command writes a file for each problem; faults are said before the search. */
public final class OutputFolder {
  private OutputFolder() {}

  /**
   * Written file by problem file: the problem's name with another ending.
   *
   * @param folder as the user gave it; made when the first file is written
   * @param option that gave it, for errors
   * @param suffix such as {@code .json}
   * @throws InputException where the folder can't be written, two problems would write the same
   *     file, or a problem would be overwritten
   */
  public static Map<String, Path> targets(
      String folder, String option, List<String> problems, String suffix) {
    Path target = InputFiles.path(folder);
    Path whole = target.toAbsolutePath().normalize();
    if (Files.exists(target) && !Files.isDirectory(target)) {
      throw new InputException(folder, "", "is not a folder", "Give a folder with " + option + ".");
    }
    refuseUnwritable(target, folder, option);
    Map<String, Path> targets = new LinkedHashMap<>();
    Map<Path, String> taken = new TreeMap<>();
    for (String shown : problems) {
      Path problem = InputFiles.path(shown);
      Path file = target.resolve(InputFiles.baseName(problem) + suffix);
      if (!whole.equals(file.toAbsolutePath().normalize().getParent())) {
        throw new InputException(
            shown, "", "would be written outside of " + folder, "Give it another name.");
      }
      String other = taken.put(file, shown);
      if (other != null) {
        throw new InputException(
            shown,
            "",
            "would be written to " + file + ", as " + other + " would",
            "Run them apart, with another " + option + ".");
      }
      if (Files.exists(file) && Files.exists(problem) && InputFiles.samePath(file, problem)) {
        throw new InputException(
            shown,
            "",
            "would be overwritten by what is made from it",
            "Give another folder with " + option + ".");
      }
      targets.put(shown, file);
    }
    return targets;
  }

  private static void refuseUnwritable(Path folder, String shown, String option) {
    Path existing = folder.toAbsolutePath().normalize();
    while (!Files.exists(existing, LinkOption.NOFOLLOW_LINKS) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
      throw new InputException(
          shown,
          "",
          "can't be made or written: " + existing + " is no writable folder",
          "Give another folder with " + option + ".");
    }
  }
}
