package dev.rackplan.json;

import dev.rackplan.plan.EngineGround;
import dev.rackplan.plan.EngineStart;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.LayoutRule;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.DegreeChoices;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Whether the engine that a problem names starts any of the layouts that the problem allows. Where
 * it starts none because of a degree that is listed, the degree is refused, with the rule, its
 * source and the nearest values that pass.
 */
final class EngineFit {
  // Open degrees only help to find a layout that starts: so many have shown that none will.
  private static final int MOST_LAYOUTS = 20_000;

  private final Problem problem;
  private final DegreeChoices choices;
  private final EngineStart engines;
  private int looked;
  private Optional<Broken> first = Optional.empty();
  private Optional<Broken> other = Optional.empty();
  private boolean anyWouldStart;

  private record Broken(EngineStart.Broken rule, Layout layout) {}

  private EngineFit(Problem problem) {
    this.problem = problem;
    this.choices = new DegreeChoices(problem);
    this.engines = new EngineStart(problem);
  }

  /**
   * @param root of the problem file
   * @param layout path of the layout object
   * @throws InputException where it starts none of them on any of the topology's grounds
   */
  static void check(Problem problem, JsonCursor root, String layout) {
    Optional<InputException> fault = Optional.empty();
    for (Problem ground : EngineGround.all(problem)) {
      Optional<InputException> here = new EngineFit(ground).fault(root.file(), layout);
      if (here.isEmpty()) {
        return;
      }
      fault = fault.or(() -> here);
    }
    throw fault.orElseThrow();
  }

  private Optional<InputException> fault(String file, String layout) {
    Optional<EngineStart.Broken> always =
        engines.broken(Layout.neutral()).filter(broken -> broken.degrees().isEmpty());
    if (always.isPresent()) {
      return Optional.of(error(new Broken(always.get(), Layout.neutral()), file, layout));
    }
    return starts(choices.order(), Layout.neutral())
        ? Optional.empty()
        : first
            .or(() -> anyWouldStart ? Optional.empty() : other)
            .map(broken -> error(broken, file, layout));
  }

  // Depth first, until one starts.
  private boolean starts(List<Degree> left, Layout chosen) {
    if (left.isEmpty()) {
      return startsWhole(chosen);
    }
    for (int value : choices.values(left.get(0), chosen::get)) {
      if (starts(left.subList(1, left.size()), chosen.with(left.get(0), value))) {
        return true;
      }
    }
    return false;
  }

  // A layout that can't be for other reasons says nothing of the engine, except where no other
  // would start either.
  private boolean startsWhole(Layout layout) {
    looked++;
    if (looked > MOST_LAYOUTS) {
      return true;
    }
    boolean canBe = LayoutRule.firstFault(problem, layout).isEmpty();
    Optional<EngineStart.Broken> broken = engines.broken(layout);
    anyWouldStart |= broken.isEmpty();
    if (broken.isPresent()) {
      Broken own = new Broken(broken.get(), layout);
      first = canBe ? Optional.of(better(own, first)) : first;
      other = Optional.of(better(own, other));
    }
    return canBe && broken.isEmpty();
  }

  private Broken better(Broken found, Optional<Broken> known) {
    return known.filter(kept -> isListed(kept.rule()) || !isListed(found.rule())).orElse(found);
  }

  // What the file says comes before what was tried for it.
  private boolean isListed(EngineStart.Broken broken) {
    return broken.degrees().stream().anyMatch(degree -> !problem.layoutSpace().isOpen(degree));
  }

  private InputException error(Broken broken, String file, String path) {
    EngineStart.Broken rule = broken.rule();
    String words = engines.sentence(rule);
    Optional<Degree> listed =
        rule.degrees().stream().filter(degree -> !problem.layoutSpace().isOpen(degree)).findFirst();
    if (listed.isEmpty()) {
      return new InputException(file, "$.engine.name", words, remedy(broken.layout()));
    }
    List<Integer> near = nearest(listed.get(), broken.layout());
    return new InputException(
        file,
        path + "." + listed.get().key(),
        words,
        near.isEmpty()
            ? "No other value of it passes with the rest of the layout; change "
                + rule.degrees().stream().map(Degree::key).collect(Collectors.joining(" or "))
                + ", or the engine."
            : "Nearest that pass: "
                + near.stream()
                    .map(value -> listed.get().inFile(value).toString())
                    .collect(Collectors.joining(", "))
                + "; or leave it out.");
  }

  // No degree helps.
  private String remedy(Layout layout) {
    List<EngineKind> others = engines.anyStarters(layout);
    boolean trains = problem.workload().phase() == Phase.TRAINING;
    return others.isEmpty()
        ? "No other engine starts it either: "
            + (trains
                ? "give none in a problem file, or --engine any to plan --train."
                : "change the formats or the accelerators, or give none in a problem file.")
        : "Name one that starts it, such as "
            + others.stream().map(EngineKind::title).collect(Collectors.joining(" or "))
            + ", or give none in a problem file.";
  }

  // The next below and the next above, where there are.
  private List<Integer> nearest(Degree degree, Layout layout) {
    int value = layout.get(degree);
    int most = Math.min(degree.most(), problem.topology().usableGpus().size());
    List<Integer> near = new ArrayList<>();
    for (int below = value - 1; below >= degree.least() && near.isEmpty(); below--) {
      if (passes(layout.with(degree, below))) {
        near.add(below);
      }
    }
    int found = near.size();
    for (int above = value + 1; above <= most && near.size() == found; above++) {
      if (passes(layout.with(degree, above))) {
        near.add(above);
      }
    }
    return near;
  }

  // Sequences follow from the other degrees.
  private boolean passes(Layout layout) {
    return engines.broken(layout).isEmpty()
        && LayoutRule.of(
                LayoutRule.Source.MODEL, LayoutRule.Source.ENGINE, LayoutRule.Source.CLUSTER)
            .allMatch(rule -> rule.fault(problem, layout).isEmpty());
  }
}
