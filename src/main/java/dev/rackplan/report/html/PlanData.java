package dev.rackplan.report.html;

import dev.rackplan.cost.LinkUse;
import dev.rackplan.cost.pipeline.PipelineRun;
import dev.rackplan.evaluation.GpuFigures;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.report.PlanReport;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.Topology;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** What the scripts of a plan's page draw from: racks, layers and the stages' timeline. */
final class PlanData {
  /** Racks beyond so many GPUs are left out, those of the first replica last. */
  private static final int MOST_GPUS = 2048;

  // Times of the timeline are whole numbers of these parts of its length.
  private static final int PARTS = 200_000;

  private static final int MOST_LINKS = 100;
  private static final MathContext FOUR_DIGITS = new MathContext(4);

  private PlanData() {}

  /**
   * @param idle what GPUs are that the plan does not use
   */
  static Map<String, Object> of(PlanReport report, List<GpuFigures> layers, String idle) {
    Plan plan = report.plan();
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("replicas", plan.layout().replicas());
    List<Integer> drawn = drawnRacks(report);
    data.put("racks", racks(report, drawn));
    Topology topology = report.problem().topology();
    data.put(
        "moreGpus", topology.gpus().stream().filter(gpu -> !drawn.contains(gpu.rack())).count());
    data.put("idle", idle);
    data.put("slices", plan.layout().gpusPerExpertHost());
    data.put("layers", layers.stream().map(figures -> layer(report, figures)).toList());
    data.put(
        "memory",
        report.evaluation().stages().stream()
            .map(stage -> rounded(stage.memory().bytes() / 1e9))
            .toList());
    data.put("memoryLimit", rounded(report.evaluation().memory().limitBytes() / 1e9));
    StageTimeline.of(report).ifPresent(known -> data.put("timeline", timeline(report, known)));
    return data;
  }

  /** Racks in the topology's order: those of the first replica, then others while they are few. */
  private static List<Integer> drawnRacks(PlanReport report) {
    Topology topology = report.problem().topology();
    Plan plan = report.plan();
    Map<Integer, Integer> gpusOfRack = new TreeMap<>();
    topology.gpus().forEach(gpu -> gpusOfRack.merge(gpu.rack(), 1, Integer::sum));
    TreeSet<Integer> drawn = new TreeSet<>();
    for (Stage stage : plan.stages()) {
      stage
          .gpusOfInstance(0, plan.layout().gpusPerStage())
          .forEach(gpu -> drawn.add(topology.gpus().get(gpu).rack()));
    }
    int gpus = drawn.stream().mapToInt(gpusOfRack::get).sum();
    for (Map.Entry<Integer, Integer> rack : gpusOfRack.entrySet()) {
      if (!drawn.contains(rack.getKey()) && gpus + rack.getValue() <= MOST_GPUS) {
        drawn.add(rack.getKey());
        gpus += rack.getValue();
      }
    }
    return List.copyOf(drawn);
  }

  private static List<Object> racks(PlanReport report, List<Integer> drawn) {
    Topology topology = report.problem().topology();
    Map<Integer, List<Object>> places = places(report.plan());
    List<Object> racks = new ArrayList<>();
    for (int rack : drawn) {
      Map<Integer, Map<Integer, List<Object>>> domains = new TreeMap<>();
      for (Gpu gpu : topology.gpus()) {
        if (gpu.rack() == rack) {
          domains
              .computeIfAbsent(gpu.domain(), domain -> new TreeMap<>())
              .computeIfAbsent(gpu.node(), node -> new ArrayList<>())
              .add(places.getOrDefault(gpu.index(), List.of(gpu.drained() ? -1 : -2)));
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

  // [replica, stage, rank] by GPU; what has no place is [-1] drained or [-2] idle.
  private static Map<Integer, List<Object>> places(Plan plan) {
    Layout layout = plan.layout();
    Map<Integer, List<Object>> places = new TreeMap<>();
    for (int replica = 0; replica < layout.replicas(); replica++) {
      for (int stage = 0; stage < plan.stages().size(); stage++) {
        List<Integer> gpus =
            plan.stages().get(stage).gpusOfInstance(replica, layout.gpusPerStage());
        for (int rank = 0; rank < gpus.size(); rank++) {
          places.put(gpus.get(rank), List.of(replica, stage, rank));
        }
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
    ExpertMap experts = report.plan().experts().get(figures.layer());
    tree.put(
        "experts",
        IntStream.range(0, experts.gpus())
            .mapToObj(gpu -> Arrays.stream(experts.expertsOf(gpu)).boxed().toList())
            .toList());
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

  private static Map<String, Object> timeline(PlanReport report, StageTimeline timeline) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("stages", timeline.stages());
    tree.put("millis", timeline.seconds() * 1e3);
    tree.put("parts", PARTS);
    tree.put(
        "step", List.of(part(timeline, timeline.stepFrom()), part(timeline, timeline.stepTo())));
    tree.put(
        "stepWords",
        String.format(
            Locale.ROOT, "%s %.3f ms", report.stepName(), report.evaluation().stepSeconds() * 1e3));
    if (report.evaluation().training().isPresent()) {
      tree.put("tail", part(timeline, report.evaluation().training().get().scheduleSeconds()));
    }
    List<Integer> boxes = new ArrayList<>(5 * timeline.boxes().size());
    for (PipelineRun.Box box : timeline.boxes()) {
      boxes.add(box.device());
      boxes.add(part(timeline, box.startSeconds()));
      boxes.add(part(timeline, box.endSeconds()));
      boxes.add(box.microBatch());
      boxes.add(box.backward() ? 1 : 0);
    }
    tree.put("boxes", boxes);
    return tree;
  }

  private static int part(StageTimeline timeline, double seconds) {
    return (int) Math.round(PARTS * seconds / timeline.seconds());
  }

  private static double rounded(double value) {
    return new BigDecimal(value).round(FOUR_DIGITS).doubleValue();
  }
}
