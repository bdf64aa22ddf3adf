package dev.rackplan.json.rows;

import dev.rackplan.accuracy.PublishedResults;
import dev.rackplan.accuracy.PublishedResults.LeftOut;
import dev.rackplan.accuracy.PublishedResults.RankOrder;
import dev.rackplan.accuracy.PublishedRow;
import dev.rackplan.accuracy.ResultKind;
import dev.rackplan.accuracy.RowUse;
import dev.rackplan.json.ConditionsReader;
import dev.rackplan.json.GpuCatalog;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.LawCatalog;
import dev.rackplan.json.LayoutReader;
import dev.rackplan.json.ModelCatalog;
import dev.rackplan.json.Resource;
import dev.rackplan.json.RoutingReader;
import dev.rackplan.json.WorkloadReader;
import dev.rackplan.model.Model;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.Objective;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuCatalogEntry;
import dev.rackplan.topology.Topology;
import dev.rackplan.topology.TopologyBuilder;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.Workload;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The published results that come with rackplan ({@code published.json}): facts in the words of
 * problem files, each with its source.
 */
public final class PublishedResultsFile {
  private static final String RESOURCE = "published.json";
  private static final double MEMORY_RESERVE = 0.1;

  private final GpuCatalog gpus = GpuCatalog.load();
  private final Map<String, Routing> routings = new HashMap<>();
  private final JsonCursor named;

  private PublishedResultsFile(JsonCursor named) {
    this.named = named;
  }

  /** Reads the results that come with rackplan. */
  public static PublishedResults load() {
    JsonCursor root = Resource.read(PublishedResultsFile.class, RESOURCE);
    return new PublishedResultsFile(root.get("routings")).results(root);
  }

  private PublishedResults results(JsonCursor root) {
    root.text("description");
    List<PublishedRow> rows = root.get("rows").list().stream().map(this::row).toList();
    List<RankOrder> orders =
        root.get("orders").list().stream().map(PublishedResultsFile::order).toList();
    List<LeftOut> leftOut =
        root.get("leftOut").list().stream().map(PublishedResultsFile::leftOut).toList();
    root.end();
    return root.build(() -> new PublishedResults(rows, orders, leftOut), "Correct the results.");
  }

  private PublishedRow row(JsonCursor at) {
    String id = at.text("id");
    ResultKind kind = at.get("kind").oneOf(ResultKind.class);
    RowUse use = at.get("use").oneOf(RowUse.class);
    Model model = ModelCatalog.read(at.text("model"));
    Topology topology = topology(at.get("cluster"), id);
    Workload workload =
        new WorkloadReader(
                model, name -> routing(model, name), draft -> ModelCatalog.read(draft.text()))
            .read(at.get("workload"));
    Precision precision =
        ConditionsReader.precision(at.get("precision")).complete(model, topology, workload.phase());
    double reserve =
        at.find("memoryReserve").map(value -> value.numberIn(0, 1)).orElse(MEMORY_RESERVE);
    Problem problem =
        at.build(
            () ->
                new Problem(
                    id,
                    model,
                    topology,
                    workload,
                    precision,
                    engine(at.get("engine")),
                    LayoutSpace.open(),
                    new Limits(OptionalDouble.empty(), OptionalDouble.empty(), reserve),
                    Objective.THROUGHPUT,
                    LawCatalog.book(topology)),
            "Correct the row.");
    Layout layout = LayoutReader.layout(at.get("layout"));
    String placement = at.text("placement");
    String words = at.text("published");
    String assumed = at.find("assumed").map(JsonCursor::text).orElse("");
    OptionalDouble measured = at.findPositive("measured");
    String source = at.text("source");
    at.end();
    return at.build(
        () ->
            new PublishedRow(
                id, kind, use, problem, layout, placement, words, assumed, measured, source),
        "Correct the row.");
  }

  // A row says itself what share stayed free.
  private static Engine engine(JsonCursor at) {
    return ConditionsReader.leavingReserve(ConditionsReader.engine(at), at);
  }

  // Rows share routings: tokens are drawn once.
  private Routing routing(Model model, JsonCursor name) {
    return routings.computeIfAbsent(
        model.name() + "/" + name.text(),
        key ->
            new RoutingReader(Path.of(RESOURCE), model, opened -> {}).read(named.get(name.text())));
  }

  private Topology topology(JsonCursor at, String name) {
    GpuCatalogEntry gpu = gpus.entry(at.get("gpu"));
    int domains = at.integer("domains", 1, TopologyBuilder.MAX_GPUS);
    int perDomain = at.integer("gpusPerDomain", 1, TopologyBuilder.MAX_GPUS);
    at.end();
    return TopologyBuilder.equalDomains(name, gpu, domains, perDomain);
  }

  private static RankOrder order(JsonCursor at) {
    RankOrder order =
        new RankOrder(
            at.text("name"),
            at.text("better"),
            at.text("worse"),
            at.positive("measuredRatio"),
            at.text("source"));
    at.end();
    return order;
  }

  private static LeftOut leftOut(JsonCursor at) {
    LeftOut left = new LeftOut(at.text("id"), at.text("reason"));
    at.end();
    return left;
  }
}
