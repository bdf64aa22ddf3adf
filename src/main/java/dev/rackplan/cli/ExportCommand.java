package dev.rackplan.cli;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.OutputFolder;
import dev.rackplan.cli.file.Solved;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.export.Deployment;
import dev.rackplan.export.ExportRefusal;
import dev.rackplan.export.ExportTarget;
import dev.rackplan.export.ExportedFile;
import dev.rackplan.export.HostNames;
import dev.rackplan.export.ServedPools;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.HostFile;
import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonText;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Topology;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan export}: a plan as the files of engines and schedulers. */
@Command(
    name = "export",
    header = "Writes a plan as the files that engines and schedulers take.",
    description = {
      "",
      "Each target gets a folder DIR/NAME/TARGET with its files unedited as it takes them, a script that starts each host's part, and a README that says what each file is. A solution that is one of two pools brings the other: both become one folder, with the router that stands before them. Targets: sglang, vllm, vllm-ascend, trtllm, megatron, megatron-bridge, torchtitan, slurm, kubernetes, llm-d, dynamo.",
      "What a target can't express is refused with the reason; then nothing is written, not for the other targets either.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan export solutions/deepseek-v3-decode-gb200.json --for sglang,slurm -o exports"
    })
final class ExportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(arity = "1..*", paramLabel = "SOLUTION", description = "Solution files.")
  private List<String> files;

  @Option(
      names = "--for",
      required = true,
      split = ",",
      paramLabel = "TARGET",
      description = "Who takes the files; several with commas.")
  private List<String> targets;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Folder to write under; made if need be. Default: ${DEFAULT-VALUE}.",
      defaultValue = "exports")
  private String output;

  @Option(
      names = "--hosts",
      paramLabel = "FILE",
      description =
          "CSV with columns node (such as rack-0/domain-0/node-3), host and, if wanted, clique (value of the label nvidia.com/gpu.clique), or Slurm's topology.conf. Without it hosts are called by place.")
  private Optional<String> hosts = Optional.empty();

  @Option(
      names = "--without-experts",
      description = "Leave the expert placement out: the engine places experts its own way.")
  private boolean withoutExperts;

  @Option(
      names = "--image",
      paramLabel = "IMAGE",
      description =
          "Container image for kubernetes, llm-d and dynamo. Default: the engine's usual one.")
  private Optional<String> image = Optional.empty();

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      description =
          "Engine that kubernetes starts, sglang or vllm, and dynamo, sglang, vllm or tensorrt-llm. Default: the one engine that --for names, else the problem's.")
  private Optional<String> engine = Optional.empty();

  @Option(
      names = "--pair",
      description =
          "The solutions serve together, such as those that plan writes: plans of prefill read prompts for plans of decode.")
  private boolean pair;

  @Option(
      names = "--initial-mapping",
      description =
          "Give vllm the expert map at its start, for a build of pull request 41141; releases refuse that.")
  private boolean initialMapping;

  @Option(
      names = "--stale",
      description =
          "Also export a solution whose problem, or a file that it names, was changed since.")
  private boolean stale;

  @Option(names = "--force", description = "Overwrite what an earlier export wrote.")
  private boolean force;

  @Option(names = "--json", description = "Print JSON: the files written.")
  private boolean json;

  @Override
  public Integer call() {
    refuseStrangeImage();
    List<ExportTarget> wanted = wanted();
    Map<Path, ExportedFile> written = new LinkedHashMap<>();
    Map<String, PoolsTogether> pairs = pairs();
    List<String> folderNames =
        files.stream().map(shown -> folderName(shown, pairs)).distinct().toList();
    Map<String, Path> folders = OutputFolder.targets(output, "-o", folderNames, "");
    for (String shown : files) {
      Path folder = folders.get(folderName(shown, pairs));
      PoolsTogether pools = pairs.get(shown);
      // Once, with the first of them that was given.
      boolean done =
          pools != null
              && !files.stream().filter(pools.files()::contains).findFirst().get().equals(shown);
      for (ExportTarget target : done ? List.<ExportTarget>of() : wanted) {
        List<ExportedFile> made =
            pools == null
                ? made(shown, target, () -> target.files(deployment(shown)))
                : made(shown, target, () -> target.files(deployment(pools)));
        for (ExportedFile file : made) {
          written.put(folder.resolve(target.word()).resolve(file.name()), file);
        }
      }
    }
    if (!force) {
      written.keySet().forEach(ExportCommand::refuseExisting);
    }
    written.forEach(ExportCommand::write);
    if (json) {
      spec.commandLine()
          .getOut()
          .print(
              JsonText.of(Map.of("files", written.keySet().stream().map(Path::toString).toList())));
    } else {
      written.keySet().forEach(file -> spec.commandLine().getOut().println(file));
    }
    return ExitCode.SOLVED;
  }

  // Source: the grammar of references of the OCI distribution specification, loosely.
  private void refuseStrangeImage() {
    if (image.isPresent() && !image.get().matches("[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,511}")) {
      throw new ParameterException(
          spec.commandLine(),
          "--image: '" + image.get() + "' is no container image; give one such as host/name:tag");
    }
  }

  private static void write(Path path, ExportedFile file) {
    if (file.isExecutable()) {
      AtomicFile.replaceExecutable(path, file.text());
    } else {
      AtomicFile.replace(path, file.text());
    }
  }

  private List<ExportTarget> wanted() {
    List<ExportTarget> wanted = new ArrayList<>();
    for (String word : targets) {
      wanted.add(
          ExportTarget.of(word)
              .orElseThrow(
                  () ->
                      new ParameterException(
                          spec.commandLine(),
                          "--for: no target '"
                              + word
                              + "'; there are "
                              + Arrays.stream(ExportTarget.values())
                                  .map(ExportTarget::word)
                                  .collect(Collectors.joining(", ")))));
    }
    return wanted;
  }

  private Deployment deployment(String shown) {
    Solved solved = fresh(shown);
    return deployment(solved, names(solved));
  }

  /** A solution of the inputs that are there now, or {@code --stale}. */
  private Solved fresh(String shown) {
    Solved solved = Solved.read(shown);
    if (solved.isStale() && !stale) {
      throw new InputException(
          shown, "", solved.staleWords(), "Solve again, or export it all the same with --stale.");
    }
    return solved;
  }

  private HostNames names(Solved solved) {
    return hosts.map(csv -> names(csv, solved.problem())).orElse(HostNames.byPlace());
  }

  private Deployment deployment(Solved solved, HostNames names) {
    Deployment deployment =
        new Deployment(
            solved.name(), solved.problem(), solved.plan(), names, !withoutExperts, image);
    return served()
        .map(deployment::servedBy)
        .map(made -> initialMapping ? made.withInitialMapping() : made)
        .orElse(initialMapping ? deployment.withInitialMapping() : deployment);
  }

  /** What Kubernetes starts: what was asked for, or the engine that the other files are for. */
  private Optional<EngineKind> served() {
    if (engine.isPresent()) {
      return Optional.of(
          EngineKind.of(engine.get())
              .orElseThrow(
                  () ->
                      new ParameterException(
                          spec.commandLine(),
                          "--engine: no engine '" + engine.get() + "'; give sglang or vllm")));
    }
    List<EngineKind> named =
        wanted().stream().map(ExportTarget::engine).flatMap(Optional::stream).distinct().toList();
    return named.size() == 1 ? Optional.of(named.get(0)) : Optional.empty();
  }

  private static HostNames names(String csv, Problem problem) {
    HostFile.Names names = HostFile.read(InputFiles.path(csv), csv, problem.topology());
    return new HostNames(names.hosts(), names.cliques());
  }

  /** Pools that serve together, by the files of each. */
  private Map<String, PoolsTogether> pairs() {
    Map<String, PoolsTogether> pairs = new LinkedHashMap<>();
    if (pair) {
      PoolsTogether said = PoolsTogether.of(files);
      files.forEach(shown -> pairs.put(shown, said));
    } else {
      files.forEach(shown -> PoolsTogether.of(shown).ifPresent(two -> pairs.put(shown, two)));
    }
    return pairs;
  }

  // The folder of pools that serve together is named after all.
  private static String folderName(String shown, Map<String, PoolsTogether> pairs) {
    PoolsTogether pools = pairs.get(shown);
    return pools == null
        ? shown
        : InputFiles.path(pools.files().get(pools.files().size() - 1))
            .toAbsolutePath()
            .normalize()
            .resolveSibling(pools.name())
            .toString();
  }

  private ServedPools deployment(PoolsTogether pools) {
    List<Solved> read = pools.files().stream().map(this::fresh).toList();
    List<Topology> clusters = read.stream().map(solved -> solved.problem().topology()).toList();
    boolean one = clusters.stream().allMatch(clusters.get(0)::isSameCluster);
    if (!one && hosts.isPresent()) {
      throw new InputException(
          hosts.get(),
          "",
          "names the nodes of one topology; the pools have several",
          "Put all pools' problems on one topology, or leave --hosts out.");
    }
    List<String> words = pools.members().stream().map(PoolsTogether.Member::word).toList();
    List<HostNames> places = HostNames.byPlaceOf(words, clusters);
    List<ServedPools.Part> parts = new ArrayList<>();
    for (int i = 0; i < read.size(); i++) {
      PoolsTogether.Member member = pools.members().get(i);
      HostNames names = one ? names(read.get(i)) : places.get(i);
      parts.add(new ServedPools.Part(member.word(), member.role(), deployment(read.get(i), names)));
    }
    return ServedPools.of(pools.name(), parts);
  }

  private static List<ExportedFile> made(
      String shown, ExportTarget target, Supplier<List<ExportedFile>> files) {
    try {
      return files.get();
    } catch (ExportRefusal refusal) {
      throw new InputException(
          shown,
          "",
          "no export for " + target.word() + ": " + refusal.getMessage(),
          refusal.remedy());
    }
  }

  private static void refuseExisting(Path file) {
    if (Files.exists(file)) {
      throw new InputException(
          file.toString(), "", "is there already", "Give another folder with -o, or --force.");
    }
  }
}
