package dev.rackplan.report.html;

import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.LinkUse;
import dev.rackplan.cost.PipelineRun;
import dev.rackplan.cost.Term;
import dev.rackplan.cost.TrainingCost;
import dev.rackplan.evaluation.GpuFigures;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.report.PlanReport;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.Topology;
import dev.rackplan.workload.PipelineSchedule;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** What {@code plan.js} draws a plan from: the first replica's racks, layers and stages. */
final class PlanData {
  private static final int MOST_BOXES = 3000;
  private static final int MOST_LINKS = 100;
  private static final MathContext FOUR_DIGITS = new MathContext(4);

  private PlanData() {}

  static Map<String, Object> of(PlanReport report, List<GpuFigures> layers) {
    Plan plan = report.plan();
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("replicas", plan.layout().replicas());
    data.put("racks", racks(report));
    data.put("slices", plan.layout().gpusPerExpertHost());
    data.put("layers", layers.stream().map(figures -> layer(report, figures)).toList());
    data.put("stages", report.evaluation().stages().stream().map(PlanData::stage).toList());
    data.put("microBatches", plan.layout().microBatches());
    data.put("training", report.evaluation().training().isPresent());
    if (report.evaluation().training().isPresent()) {
      run(report).ifPresent(run -> data.put("run", run));
    }
    data.put("memoryLimit", rounded(report.evaluation().memory().limitBytes()));
    return data;
  }

  /** Racks that the first replica has GPUs in, whole. */
  private static List<Object> racks(PlanReport report) {
    Topology topology = report.problem().topology();
    Map<Integer, int[]> places = places(report.plan());
    TreeSet<Integer> used = new TreeSet<>();
    places.keySet().forEach(gpu -> used.add(topology.gpus().get(gpu).rack()));
    TreeSet<Integer> others = new TreeSet<>();
    report.plan().stages().forEach(stage -> others.addAll(stage.gpus()));
    others.removeAll(places.keySet());
    List<Object> racks = new ArrayList<>();
    for (int rack : used) {
      Map<Integer, Map<Integer, List<Object>>> domains = new TreeMap<>();
      for (Gpu gpu : topology.gpus()) {
        if (gpu.rack() == rack) {
          domains
              .computeIfAbsent(gpu.domain(), domain -> new TreeMap<>())
              .computeIfAbsent(gpu.node(), node -> new ArrayList<>())
              .add(gpu(gpu, places, others));
        }
      }
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("name", topology.racks().get(rack).name());
      List<Object> list = new ArrayList<>();
      domains.forEach(
          (domain, nodes) -> {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("name", topology.domains().get(domain).name());
            entry.put("index", domain);
            entry.put("nodes", List.copyOf(nodes.values()));
            list.add(entry);
          });
      tree.put("domains", list);
      racks.add(tree);
    }
    return racks;
  }

  // [stage, rank]; [-1] of another replica, [-2] drained, [-3] not used.
  private static List<Object> gpu(Gpu gpu, Map<Integer, int[]> places, TreeSet<Integer> others) {
    int[] place = places.get(gpu.index());
    if (place != null) {
      return List.of(place[0], place[1]);
    }
    return List.of(others.contains(gpu.index()) ? -1 : gpu.drained() ? -2 : -3);
  }

  private static Map<Integer, int[]> places(Plan plan) {
    Layout layout = plan.layout();
    Map<Integer, int[]> places = new TreeMap<>();
    for (int stage = 0; stage < plan.stages().size(); stage++) {
      List<Integer> gpus = plan.stages().get(stage).gpusOfInstance(0, layout.gpusPerStage());
      for (int rank = 0; rank < gpus.size(); rank++) {
        places.put(gpus.get(rank), new int[] {stage, rank});
      }
    }
    return places;
  }

  private static Map<String, Object> layer(PlanReport report, GpuFigures figures) {
    Topology topology = report.problem().topology();
    Layout layout = report.plan().layout();
    Stage stage = report.plan().stages().get(figures.stage());
    // As traffic counts them: of the GPUs that slots are dealt to, in order of first appearance.
    IntStream domains =
        layout.expertHosts(stage.gpusOfInstance(0, layout.gpusPerStage())).stream()
            .mapToInt(gpu -> topology.gpus().get(gpu).domain())
            .distinct();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("layer", figures.layer());
    tree.put("stage", figures.stage());
    tree.put("scenario", figures.scenario());
    tree.put("load", byRank(layout, figures.gpus().load(), 1));
    tree.put("seconds", byRank(layout, figures.gpus().expertSeconds(), 1e6));
    tree.put("bytes", byRank(layout, figures.gpus().receivedBytes(), 1e-6));
    tree.put("links", links(figures.gpus().links()));
    tree.put("domains", domains.mapToObj(d -> topology.domains().get(d).name()).toList());
    tree.put(
        "traffic",
        figures.gpus().domainBytes().stream()
            .map(row -> row.stream().map(value -> rounded(value / 1e6)).toList())
            .toList());
    return tree;
  }

  // [in words, domains by index, us], longest first.
  private static List<Object> links(List<LinkUse> links) {
    return links.stream()
        .sorted(Comparator.comparingDouble(LinkUse::seconds).reversed())
        .limit(MOST_LINKS)
        .<Object>map(use -> List.of(use.link(), use.domains(), rounded(use.seconds() * 1e6)))
        .toList();
  }

  // What an expert host does, each GPU that slices its experts does with its slice.
  private static List<Double> byRank(Layout layout, List<Double> byHost, double factor) {
    return IntStream.range(0, layout.gpusPerStage())
        .mapToObj(rank -> rounded(byHost.get(layout.expertHostOf(rank)) * factor))
        .toList();
  }

  // The run that the step's time was read from: the first boxes of it.
  private static Optional<Map<String, Object>> run(PlanReport report) {
    Layout layout = report.plan().layout();
    PipelineSchedule schedule =
        report.plan().layout().training(report.problem().workload()).orElseThrow().schedule();
    List<CostedStage> stages = report.evaluation().stages();
    if (!PipelineRun.runs(schedule, stages.size(), layout.microBatches())) {
      return Optional.empty();
    }
    PipelineRun run = new TrainingCost(report.problem(), layout).run(layout.microBatches(), stages);
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("schedule", schedule.word());
    tree.put("seconds", run.seconds());
    tree.put("count", run.boxes().size());
    tree.put(
        "boxes",
        run.boxes().stream()
            .limit(MOST_BOXES)
            .map(
                box ->
                    List.<Object>of(
                        box.device(),
                        rounded(box.startSeconds() * 1e3),
                        rounded(box.endSeconds() * 1e3),
                        box.microBatch(),
                        box.backward()))
            .toList());
    return Optional.of(tree);
  }

  private static Map<String, Object> stage(CostedStage stage) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("first", stage.firstLayer());
    tree.put("last", stage.lastLayer());
    tree.put("seconds", stage.seconds());
    tree.put("forward", stage.training().map(training -> training.forwardSeconds()).orElse(0.0));
    tree.put("backward", stage.training().map(training -> training.backwardSeconds()).orElse(0.0));
    tree.put("hop", stage.terms().of(Term.HOP));
    tree.put("memory", rounded(stage.memory().bytes()));
    return tree;
  }

  private static double rounded(double value) {
    return new BigDecimal(value).round(FOUR_DIGITS).doubleValue();
  }
}
