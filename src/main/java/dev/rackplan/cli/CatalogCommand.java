package dev.rackplan.cli;

import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.json.GpuCatalog;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.ModelCatalog;
import dev.rackplan.json.ModelReader;
import dev.rackplan.model.Model;
import dev.rackplan.report.CatalogText;
import dev.rackplan.report.CatalogTree;
import dev.rackplan.report.FormatsText;
import dev.rackplan.topology.GpuCatalogEntry;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code rackplan catalog}: the models and accelerators that problems and topologies may name. */
@Command(
    name = "catalog",
    header = "Lists models and accelerators, or the figures of one.",
    description = {
      "",
      "KV bytes are one copy in BF16, without the keys of a sparse-attention indexer.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan catalog",
      "  rackplan catalog --model deepseek-ai/DeepSeek-R1",
      "  rackplan catalog --model ./config.json --json",
      "  rackplan catalog --gpu gb200"
    })
final class CatalogCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "NAME|FILE",
      description =
          "One model: a name or a Hugging Face id of the catalogue, or the path of a config.json or a model file.")
  private Optional<String> modelName = Optional.empty();

  @Option(
      names = "--gpu",
      paramLabel = "NAME",
      description = "One accelerator, by a name such as h100 or MI355X.")
  private Optional<String> gpuName = Optional.empty();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    boolean all = modelName.isEmpty() && gpuName.isEmpty();
    List<Model> models =
        all
            ? ModelCatalog.names().stream().map(ModelCatalog::read).toList()
            : modelName.map(ModelReader::read).stream().toList();
    GpuCatalog catalog = GpuCatalog.load();
    List<GpuCatalogEntry> gpus =
        all
            ? catalog.names().stream().map(catalog::entry).toList()
            : gpuName.map(catalog::entry).stream().toList();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.print(JsonText.of(tree(models, gpus)));
    } else {
      out.print(models.isEmpty() ? "" : CatalogText.models(models));
      out.print(modelName.isEmpty() ? "" : CatalogText.notes(models.get(0)));
      modelName.flatMap(name -> FormatsText.of(models.get(0))).ifPresent(out::println);
      out.print(models.isEmpty() || gpus.isEmpty() ? "" : "\n");
      out.print(gpus.isEmpty() ? "" : CatalogText.gpus(gpus));
      out.print(gpuName.isEmpty() ? "" : "\n" + CatalogText.formats(gpus.get(0)));
    }
    return ExitCode.SOLVED;
  }

  /** One model or one accelerator alone is an object of its own. */
  private static Map<String, Object> tree(List<Model> models, List<GpuCatalogEntry> gpus) {
    if (models.size() == 1 && gpus.isEmpty()) {
      return CatalogTree.of(models.get(0));
    }
    if (gpus.size() == 1 && models.isEmpty()) {
      return CatalogTree.of(gpus.get(0));
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("models", models.stream().map(CatalogTree::of).toList());
    tree.put("gpus", gpus.stream().map(CatalogTree::of).toList());
    return tree;
  }
}
