package dev.rackplan.json;

import dev.rackplan.topology.ConstantBasis;
import dev.rackplan.topology.GpuCatalogEntry;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.LinkSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The accelerators that rackplan knows by name, read from {@code gpus.json}; in that file's order.
 *
 * <p>A user may write a name or one of its aliases in upper or lower case, with any signs between
 * words, and with the vendor before it: {@code H100}, {@code NVIDIA H100 SXM5}, {@code MI300X}.
 */
public final class GpuCatalog {
  private static final String RESOURCE = "gpus.json";

  private static final Pattern NO_WORD = Pattern.compile("[^a-z0-9]+");
  private static final Pattern MAKER =
      Pattern.compile("^(nvidia|amd|intel|google|aws|huawei|instinct|tesla|cloud)+");

  private final Map<String, GpuCatalogEntry> entries = new LinkedHashMap<>();
  private final Map<String, String> aliases = new TreeMap<>();

  private GpuCatalog() {}

  /** Reads the catalogue that comes with rackplan. */
  public static GpuCatalog load() {
    return parse(Resource.text(GpuCatalog.class, RESOURCE));
  }

  static GpuCatalog parse(String text) {
    GpuCatalog catalog = new GpuCatalog();
    JsonCursor root = JsonCursor.parse(text, RESOURCE);
    root.text("description");
    root.get("assumptions").list().forEach(JsonCursor::text);
    for (JsonCursor at : root.get("gpus").list()) {
      GpuCatalogEntry entry = readEntry(at);
      if (catalog.entries.put(entry.name(), entry) != null) {
        throw at.error("name \"" + entry.name() + "\" is given twice", "Keep one of the two.");
      }
      catalog.addAlias(entry.name(), entry.name(), at);
      at.find("aliases")
          .ifPresent(
              list ->
                  list.list()
                      .forEach(alias -> catalog.addAlias(alias.text(), entry.name(), alias)));
    }
    root.end();
    return catalog;
  }

  private void addAlias(String alias, String name, JsonCursor at) {
    String before = aliases.put(bare(alias), name);
    if (before != null && !before.equals(name)) {
      throw at.error("\"" + alias + "\" is an alias of " + before + " too", "Keep one of the two.");
    }
  }

  /** Letters and digits in lower case, without the vendor. */
  private static String bare(String name) {
    String letters = NO_WORD.matcher(name.toLowerCase(Locale.ROOT)).replaceAll("");
    return MAKER.matcher(letters).replaceFirst("");
  }

  /** All names, in the catalogue's order: by vendor, then by age. */
  public List<String> names() {
    return List.copyOf(entries.keySet());
  }

  /** The entry of exactly that name. */
  public Optional<GpuCatalogEntry> find(String name) {
    return Optional.ofNullable(entries.get(name));
  }

  /** The entry that a user means by {@code name}: its name or an alias. */
  public Optional<GpuCatalogEntry> meant(String name) {
    return find(name).or(() -> Optional.ofNullable(aliases.get(bare(name))).map(entries::get));
  }

  /** The entry that {@code name} means; an error that lists the known names otherwise. */
  public GpuCatalogEntry entry(String name) {
    return meant(name)
        .orElseThrow(() -> new InputException("GPU catalogue", "", unknown(name), remedy(name)));
  }

  /** The entry whose name or alias stands at {@code at}. */
  public GpuCatalogEntry entry(JsonCursor at) {
    String name = at.text();
    return meant(name).orElseThrow(() -> at.error(unknown(name), remedy(name)));
  }

  private static String unknown(String name) {
    return "no accelerator \"" + name + "\" in the catalogue";
  }

  private String remedy(String name) {
    Optional<String> near =
        entries.keySet().stream()
            .filter(known -> known.startsWith(name + "-"))
            .findFirst()
            .or(() -> Spelling.nearestBeginning(name, entries.keySet()))
            .or(() -> Spelling.nearest(bare(name), aliases.keySet()).map(aliases::get));
    return near.map(known -> "Did you mean \"" + known + "\"? ").orElse("")
        + "Known: "
        + String.join(", ", entries.keySet())
        + ".";
  }

  private static GpuCatalogEntry readEntry(JsonCursor at) {
    at.find("aliases");
    GpuSpec spec = GpuSpecJson.read(at);
    LinkSpec scaleUp = link(at, "scaleUpGBps", "scaleUpLatencyMicros", "scaleUpEfficiency");
    LinkSpec nic = link(at, "nicGBps", "nicLatencyMicros", "nicEfficiency");
    int domainGpus = at.integer("scaleUpDomainGpus", 1, Integer.MAX_VALUE);
    Optional<String> priceBasis = at.find("priceBasis").map(JsonCursor::text);
    Optional<String> note = at.find("note").map(JsonCursor::text);
    List<String> sources = at.get("source").list().stream().map(JsonCursor::text).toList();
    SortedMap<String, ConstantBasis> basis = readBasis(at);
    at.end();
    return at.build(
        () -> new GpuCatalogEntry(spec, scaleUp, nic, domainGpus, priceBasis, note, sources, basis),
        "Correct the entry.");
  }

  private static LinkSpec link(JsonCursor at, String bandwidth, String latency, String efficiency) {
    return new LinkSpec(
        at.positive(bandwidth) * GpuSpecJson.GIGA,
        at.positive(latency) / GpuSpecJson.MICROS_PER_SECOND,
        at.get(efficiency).numberIn(0, 1));
  }

  private static SortedMap<String, ConstantBasis> readBasis(JsonCursor at) {
    JsonCursor basis = at.get("basis");
    SortedMap<String, ConstantBasis> map = new TreeMap<>();
    for (ConstantBasis kind : ConstantBasis.values()) {
      List<JsonCursor> keys =
          basis.find(JsonCursor.camelCase(kind)).map(JsonCursor::list).orElse(List.of());
      for (JsonCursor key : keys) {
        if (map.put(key.text(), kind) != null) {
          throw key.error("\"" + key.text() + "\" has two bases", "Keep one of the two.");
        }
      }
    }
    basis.end();
    return map;
  }
}
