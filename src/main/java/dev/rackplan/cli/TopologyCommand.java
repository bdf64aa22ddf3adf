package dev.rackplan.cli;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.OutputFile;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.inventory.ClusterInventory;
import dev.rackplan.inventory.Given;
import dev.rackplan.inventory.Note;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.JsonText;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan topology}: a topology file from what a cluster's own tools print. */
@Command(
    name = "topology",
    header = "Writes a topology file from what a cluster's own tools print.",
    description = {
      "",
      "Each FILE holds the output of one of: nvidia-smi topo -m; nvidia-smi -q; rocm-smi --showtopo --showproductname (also --json); scontrol show nodes;",
      "kubectl get nodes -o json; or is Slurm's topology.conf or topology.yaml. Which one it is, its text tells. Files of smi tools are named after their hosts (gpu1.topo.txt, gpu1.q.txt); those of one host alone stand for all. Says what was read, what was assumed, and how to say better.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan topology nodes.json topo.txt --nic-gbps 400 -o topologies/ours.json --hosts hosts.csv"
    })
final class TopologyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "What tools printed.")
  private List<String> files;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Topology file to write. Without it the topology is printed.")
  private Optional<String> output = Optional.empty();

  @Option(
      names = "--hosts",
      paramLabel = "FILE",
      description = "Also write the nodes' host names as CSV, for export --hosts.")
  private Optional<String> hosts = Optional.empty();

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Name of the topology. Default: the file's, or cluster.")
  private Optional<String> name = Optional.empty();

  @Option(
      names = "--gpu",
      paramLabel = "NAME",
      description = "Kind of all GPUs, whatever tools call them.")
  private Optional<String> gpu = Optional.empty();

  @Option(
      names = "--gpus-per-node",
      paramLabel = "N",
      description = "GPUs of nodes of which no file says it.")
  private Optional<Integer> gpusPerNode = Optional.empty();

  @Option(
      names = "--nodes",
      paramLabel = "N",
      description = "How many nodes there are like the one that was looked at.")
  private Optional<Integer> nodes = Optional.empty();

  @Option(
      names = "--nic-gbps",
      paramLabel = "RATE",
      description = "Rate of each NIC in Gb/s; no tool says it. Default: the catalogue's.")
  private Optional<Double> nicGigabits = Optional.empty();

  @Option(
      names = "--rails",
      paramLabel = "N",
      description =
          "Leaf switches that each node's NICs are dealt to, GPU i's to the i-th. Default: as Slurm's network says, else one.")
  private Optional<Integer> rails = Optional.empty();

  @Option(names = "--force", description = "Overwrite the files.")
  private boolean force;

  @Option(names = "--json", description = "Print JSON: the topology and the notes.")
  private boolean json;

  @Override
  public Integer call() {
    output.ifPresent(file -> OutputFile.refuseUnwritable(file, force));
    hosts.ifPresent(file -> OutputFile.refuseUnwritable(file, force));
    ClusterInventory inventory =
        ClusterInventory.read(
            files.stream()
                .map(shown -> new ClusterInventory.Source(InputFiles.path(shown), shown))
                .toList(),
            given());
    String text = JsonText.of(inventory.tree());
    output.ifPresent(file -> AtomicFile.replace(InputFiles.path(file), text));
    hosts.ifPresent(file -> AtomicFile.replace(InputFiles.path(file), csv(inventory)));
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("gpus", inventory.gpus());
      tree.put("notes", inventory.notes().stream().map(TopologyCommand::tree).toList());
      tree.put("topology", inventory.tree());
      out.print(JsonText.of(tree));
    } else if (output.isEmpty()) {
      out.print(text);
      spec.commandLine().getErr().print(notes(inventory));
      spec.commandLine().getErr().flush();
    } else {
      out.print(notes(inventory));
      out.println(output.get() + ": " + inventory.gpus() + " GPUs");
    }
    return ExitCode.SOLVED;
  }

  private Given given() {
    String file =
        output.map(shown -> InputFiles.baseName(InputFiles.path(shown))).orElse("cluster");
    return new Given(
        name.orElse(file),
        gpu,
        positive("--gpus-per-node", gpusPerNode),
        positive("--nodes", nodes),
        nicGigabits(),
        rails());
  }

  private OptionalInt positive(String option, Optional<Integer> value) {
    if (value.filter(number -> number < 1 || number > 100_000).isPresent()) {
      throw new ParameterException(
          spec.commandLine(), option + " must be in 1..100000, was " + value.get());
    }
    return value.map(OptionalInt::of).orElse(OptionalInt.empty());
  }

  private OptionalInt rails() {
    if (rails.filter(number -> number < 1 || number > 1_000).isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--rails must be in 1..1000, was " + rails.get());
    }
    return rails.map(OptionalInt::of).orElse(OptionalInt.empty());
  }

  private OptionalDouble nicGigabits() {
    if (nicGigabits.filter(rate -> !(rate > 0 && rate <= 100_000)).isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--nic-gbps must be in Gb/s and > 0, was " + nicGigabits.get());
    }
    return nicGigabits.map(OptionalDouble::of).orElse(OptionalDouble.empty());
  }

  private static Map<String, Object> tree(Note note) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("kind", note.kind().name().toLowerCase(Locale.ROOT));
    tree.put("text", note.text());
    if (!note.remedy().isEmpty()) {
      tree.put("remedy", note.remedy());
    }
    return tree;
  }

  private static String notes(ClusterInventory inventory) {
    StringBuilder text = new StringBuilder();
    for (Note.Kind kind : Note.Kind.values()) {
      for (Note note : inventory.notes()) {
        if (note.kind() == kind) {
          text.append(
                  switch (kind) {
                    case READ -> "read: ";
                    case ASSUMED -> "assumed: ";
                    case UNKNOWN -> "not known: ";
                  })
              .append(note.text())
              .append('\n');
          if (!note.remedy().isEmpty()) {
            text.append("  ").append(note.remedy()).append('\n');
          }
        }
      }
    }
    return text.toString();
  }

  private static String csv(ClusterInventory inventory) {
    boolean cliques = inventory.cliques().size() == inventory.hosts().size();
    StringBuilder text = new StringBuilder(cliques ? "node,host,clique\n" : "node,host\n");
    new TreeMap<>(inventory.hosts())
        .forEach(
            (node, host) -> {
              text.append(node).append(',').append(host);
              if (cliques) {
                text.append(',').append(inventory.cliques().get(node));
              }
              text.append('\n');
            });
    return text.toString();
  }
}
