package dev.rackplan.cli.planning;

import dev.rackplan.cli.file.Copies;
import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.Judge;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.export.ExportedFile;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.InputException;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.json.huggingface.HuggingFaceConfig;
import dev.rackplan.model.Model;
import dev.rackplan.plan.Plan;
import dev.rackplan.report.EvaluationTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Folders that {@code plan} writes, and what is in every one. */
final class PlanFolder {
  private static final Pattern FOLDER_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  private PlanFolder() {}

  /** The folder of that name, made where there is none. */
  static Path made(String to) {
    Path folder = InputFiles.path(to);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new InputException(to, "", "can't be made", "Give another folder.");
    }
    return folder;
  }

  /** Writes launch files into {@code folder}; their paths. */
  static List<String> write(Path folder, List<ExportedFile> files) {
    List<String> paths = new ArrayList<>();
    for (ExportedFile file : files) {
      Path target = folder.resolve(file.name());
      if (file.isExecutable()) {
        AtomicFile.writeExecutable(target, file.text());
      } else {
        AtomicFile.write(target, file.text());
      }
      paths.add(target.toString());
    }
    return paths;
  }

  /**
   * The text of a solution that took no search.
   *
   * @param problem name of the problem's file, in the same folder
   */
  static String solution(String problem, ProblemFile.Loaded loaded, Plan plan) {
    return SolutionFile.text(
        problem,
        new SolutionFile.Provenance(
            VersionProvider.version(),
            0,
            OptionalDouble.empty(),
            OptionalLong.of(0),
            Optional.empty(),
            loaded.sha256()),
        plan,
        loaded.problem().topology(),
        EvaluationTree.of(Judge.report(loaded.problem(), plan)));
  }

  /**
   * What a problem in {@code folder} calls the model; a config is copied into a folder of the
   * model's name beside it, which keeps the name.
   */
  static String modelIn(Path folder, String modelWord, Model model) {
    Path config = InputFiles.path(modelWord);
    if (!Files.isRegularFile(config)) {
      return modelWord;
    }
    String name = FOLDER_NAME.matcher(model.name()).matches() ? model.name() : "model";
    Copies.put(config, folder.resolve(name).resolve("config.json"));
    HuggingFaceConfig.modelOptFile(config)
        .ifPresent(
            formats -> Copies.put(formats, folder.resolve(name).resolve("hf_quant_config.json")));
    return "./" + name + "/config.json";
  }

  /** What is done in a folder. */
  interface InFolder<T> {
    /** The result. */
    T of(Path folder);
  }

  /** Works in a folder that is gone afterwards. */
  static <T> T inTemporaryFolder(InFolder<T> work) {
    try {
      Path folder = Files.createTempDirectory("rackplan-plan");
      try {
        return work.of(folder);
      } catch (InputException e) {
        throw SaidByOption.told(e, folder);
      } finally {
        try (Stream<Path> files = Files.walk(folder)) {
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
