package dev.rackplan.cli.file;

import dev.rackplan.json.JsonText;
import dev.rackplan.json.LawsFile;
import dev.rackplan.law.GpuLaws;
import dev.rackplan.law.LawSet;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Model.CommandSpec;

/** A folder of laws as the catalogue has it: a file for each GPU, and which generation it is of. */
public final class LawsFolder {
  private static final String INDEX = "index.json";

  private final String folder;

  /**
   * @param folder as the user gave it
   */
  public LawsFolder(String folder) {
    this.folder = folder;
  }

  public static String index(String folder) {
    return InputFiles.path(folder).resolve(INDEX).toString();
  }

  /** The index comes last: it names only files that are there. */
  public void write(CommandSpec spec, LawSet laws, String description) {
    Map<String, Object> generations = new TreeMap<>();
    Path root = InputFiles.path(folder);
    for (GpuLaws gpu : laws.gpus()) {
      LawSet alone = new LawSet(laws.fittedShare(), laws.hash(), List.of(gpu));
      OutputFile.write(
          spec, root.resolve(gpu.gpu() + ".json").toString(), LawsFile.text(alone, description));
      generations.put(gpu.gpu(), gpu.generation());
    }
    OutputFile.write(spec, index(folder), JsonText.of(generations));
  }
}
