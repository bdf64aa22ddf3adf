package dev.rackplan.cli;

import dev.rackplan.cli.file.StartPlan;
import dev.rackplan.cli.option.NamedParts;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.problem.Problem;
import dev.rackplan.replan.Pins;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** What the {@code --pin-…} options say. */
final class PinOptions {
  private static final Pattern EXPERT = Pattern.compile("(\\d{1,6}):(\\d{1,6})");

  private PinOptions() {}

  static Pins read(
      CommandSpec spec,
      Problem problem,
      Optional<String> layers,
      List<String> gpus,
      List<String> experts) {
    SortedSet<Integer> pinnedLayers =
        layers
            .map(text -> new TreeSet<>(StartPlan.layers(text, problem.model())))
            .orElse(new TreeSet<>());
    SortedSet<String> pinnedGpus = new TreeSet<>();
    for (int gpu : NamedParts.gpus("--pin-gpus", problem.topology(), gpus)) {
      pinnedGpus.add(problem.topology().gpus().get(gpu).name());
    }
    SortedMap<Integer, SortedSet<Integer>> pinnedExperts = new TreeMap<>();
    for (String text : experts) {
      Matcher matcher = EXPERT.matcher(text);
      if (!matcher.matches()) {
        throw new ParameterException(
            spec.commandLine(), "--pin-experts: '" + text + "' is no layer:expert such as 3:17");
      }
      int layer = Integer.parseInt(matcher.group(1));
      int expert = Integer.parseInt(matcher.group(2));
      int most =
          layer < problem.model().layers().size()
              ? problem.model().moe(layer).map(MoeFfn::experts).orElse(0)
              : 0;
      if (expert >= most) {
        throw new ParameterException(
            spec.commandLine(),
            "--pin-experts: layer " + layer + " has " + most + " experts, '" + text + "' is none");
      }
      pinnedExperts.computeIfAbsent(layer, l -> new TreeSet<>()).add(expert);
    }
    return new Pins(pinnedLayers, pinnedGpus, pinnedExperts);
  }
}
