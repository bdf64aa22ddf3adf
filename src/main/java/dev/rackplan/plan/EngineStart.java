package dev.rackplan.plan;

import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Problem;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which engines start the layouts of a problem. The search keeps to those of the engine that the
 * problem names. Where it names none, only the heads have to divide; where it names one that is not
 * known, and in training without a name, everything starts: many run code of their own.
 */
public final class EngineStart {
  private static final int OVERLAP_OFF = 1;

  private final EngineQuestion question;
  private final Optional<EngineKind> own;
  private final boolean anyEngine;
  private final List<EngineRule> ofHeads;
  private final Map<EngineKind, List<EngineRule>> rules = new EnumMap<>(EngineKind.class);

  /**
   * A rule that a layout breaks.
   *
   * @param rule whose and which
   * @param fault what breaks it, in words without the engine
   */
  public record Broken(EngineRule rule, String fault) {
    /** With who says so and where. */
    public String sentence() {
      return rule.sentence(fault);
    }

    /** The degrees to change, the likeliest first; may be none. */
    public List<Degree> degrees() {
      return rule.degrees();
    }
  }

  /** The newest version of each engine, except where the problem gives one. */
  public EngineStart(Problem problem) {
    Engine engine = problem.engine();
    this.question = EngineQuestion.of(problem);
    for (EngineKind kind : EngineKind.values()) {
      boolean named = engine.kind().filter(given -> given == kind).isPresent();
      rules.put(kind, EngineRules.of(kind, named ? engine.version() : Optional.empty()));
    }
    this.own = engine.kind();
    this.anyEngine = engine.given().isEmpty() && problem.workload().training().isEmpty();
    this.ofHeads = rules.get(EngineKind.VLLM).stream().filter(EngineRule::isOfHeads).toList();
  }

  // Those that serve or train as the problem does and run on the cluster's accelerators.
  private List<EngineKind> candidatesOfAll() {
    boolean trains = question.problem().workload().training().isPresent();
    return Arrays.stream(EngineKind.values())
        .filter(kind -> kind.trains() == trains)
        .filter(
            kind ->
                rules.get(kind).stream()
                    .filter(EngineRule::isOfVendors)
                    .allMatch(rule -> rule.fault(question, Layout.neutral()).isEmpty()))
        .toList();
  }

  /**
   * The rule by which {@code layout} is refused: of the engine that the problem names; where it
   * names none, of the model's heads, which every engine that serves divides alike.
   */
  public Optional<Broken> broken(Layout layout) {
    if (own.isPresent()) {
      return broken(own.get(), layout);
    }
    return anyEngine ? broken(ofHeads, layout) : Optional.empty();
  }

  /**
   * The first rule of {@code engine} that {@code layout} breaks. Another than the problem's own
   * does not take over how that one is set, only what the layout says.
   */
  public Optional<Broken> broken(EngineKind engine, Layout layout) {
    boolean foreign = own.filter(named -> named == engine).isEmpty();
    boolean unsaid = layout.get(Degree.TWO_BATCH_OVERLAP) == Degree.TWO_BATCH_OVERLAP.neutral();
    return broken(
        rules.get(engine),
        foreign && unsaid ? layout.with(Degree.TWO_BATCH_OVERLAP, OVERLAP_OFF) : layout);
  }

  // A loop: a search asks of thousands of layouts.
  private Optional<Broken> broken(List<EngineRule> asked, Layout layout) {
    for (EngineRule rule : asked) {
      Optional<String> fault = rule.fault(question, layout);
      if (fault.isPresent()) {
        return Optional.of(new Broken(rule, fault.get()));
      }
    }
    return Optional.empty();
  }

  /** The same in a sentence with its source. */
  public Optional<String> fault(Layout layout) {
    return broken(layout).map(this::sentence);
  }

  /** A rule by which a layout is refused, in a sentence. */
  public String sentence(Broken broken) {
    return (own.isEmpty() ? "no engine starts it, such as " : "") + broken.sentence();
  }

  /** The engine that the problem names, or all that serve or train as it does, on its GPUs. */
  public List<EngineKind> candidates() {
    return own.map(List::of).orElseGet(this::candidatesOfAll);
  }

  /** Those of {@link #candidates} that start {@code layout}. */
  public List<EngineKind> starters(Layout layout) {
    return starters(candidates(), layout);
  }

  /** Of all engines those that serve or train as the problem does and start {@code layout}. */
  public List<EngineKind> anyStarters(Layout layout) {
    return starters(candidatesOfAll(), layout);
  }

  private List<EngineKind> starters(List<EngineKind> asked, Layout layout) {
    return asked.stream().filter(engine -> broken(engine, layout).isEmpty()).toList();
  }
}
