package dev.rackplan.calibrate;

import dev.rackplan.json.DeviceNames;
import dev.rackplan.json.GpuCatalog;
import dev.rackplan.json.InputException;
import dev.rackplan.topology.GpuCatalogEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Tells a GPU by the folder that its table lies in, or by what the driver calls it.
 *
 * <p>A folder's name is compared with the catalogue's as words in lower case: equal, or equal where
 * a form factor ({@code -sxm}, {@code -server}) is left out, or the only one that it begins. A
 * folder that the catalogue lacks is a GPU's where AIConfigurator's {@code <gpu>.yaml} lies beside
 * it (or beside the folder above it, as in its own tree), or where AIConfigurator's layout {@code
 * <gpu>/<kind of operation>/…} says so.
 */
final class GpuNames {
  private static final Pattern FORM_FACTOR = Pattern.compile("-(sxm[0-9]*|oam|server|nvl[0-9]+)$");
  // gfx942 is a family of chips; a folder names its members after it.
  private static final Pattern FAMILY = Pattern.compile("gfx[0-9a-f]+");
  private static final Pattern OPERATIONS =
      Pattern.compile(
          "attention|comm|gdn|(grouped_)?gemm|kda|linear_attention|mhc|mla|mla_bmm|mlp|moe|msa|quantize|sparse_attention");
  private static final Pattern ENGINE = Pattern.compile("trtllm|sglang|vllm|nccl|rccl|oneccl");

  // A chip by its instruction set and count of compute units, as aiter names it.
  private static final Pattern CHIP = Pattern.compile("\\b(gfx[0-9a-f]+)-[0-9]+-cu\\b");
  private static final Map<String, List<String>> CHIPS =
      Map.of(
          "gfx942-304-cu", List.of("mi300x", "mi325x"),
          "gfx942-228-cu", List.of("mi300a"),
          "gfx942-80-cu", List.of("mi308x"),
          "gfx950-256-cu", List.of("mi350x", "mi355x"));

  // AIConfigurator's folders of GPUs that are sold with several sizes of memory; its sheets say
  // which it has.
  private static final Map<String, String> SYSTEMS =
      Map.of("a100-sxm", "a100-80g", "h20-sxm", "h20-96g");

  private final GpuCatalog catalog;
  private final DeviceNames devices;

  GpuNames(GpuCatalog catalog) {
    this.catalog = catalog;
    this.devices = new DeviceNames(catalog);
  }

  /** The GPU that a user names, whether or not the catalogue has it. */
  GpuIdentity named(String name) {
    String words = DeviceNames.words(name);
    Optional<String> meant = catalog.meant(name).map(GpuCatalogEntry::name);
    return identity(
        several(words).orElseGet(() -> List.of(known(words).or(() -> meant).orElse(words))), null);
  }

  /** The GPU whose folder {@code file} lies in; the nearest folder counts. */
  Optional<GpuIdentity> ofFolder(Path file) {
    Path absolute = file.toAbsolutePath().normalize();
    for (Path folder = absolute.getParent();
        folder != null && folder.getFileName() != null;
        folder = folder.getParent()) {
      String words = DeviceNames.words(folder.getFileName().toString());
      Path sheet = sheet(folder);
      Optional<List<String>> names = several(words).or(() -> known(words).map(List::of));
      if (names.isEmpty() && (sheet != null || isLaidOut(folder, absolute))) {
        names = Optional.of(List.of(words));
      }
      if (names.isPresent()) {
        return Optional.of(identity(names.get(), sheet));
      }
    }
    return Optional.empty();
  }

  /** The GPU that a driver calls {@code text}. */
  Optional<GpuIdentity> ofDevice(String text) {
    String words = DeviceNames.words(text);
    Matcher chip = CHIP.matcher(words);
    if (chip.find()) {
      String found = chip.group(1);
      return Optional.of(identity(CHIPS.getOrDefault(chip.group(), List.of(found)), null));
    }
    return devices.nameOf(text).map(found -> identity(List.of(found), null));
  }

  /** The GPUs of {@code mi300x-or-mi325x} or {@code gfx942-mi300x-mi325x}; at least two. */
  private Optional<List<String>> several(String words) {
    List<String> names =
        Arrays.stream(words.split("-or-|-(?=mi[0-9])"))
            .filter(part -> !FAMILY.matcher(part).matches())
            .toList();
    boolean all =
        names.size() > 1
            && names.stream()
                .allMatch(part -> part.matches("mi[0-9].*") || known(part).isPresent());
    return all
        ? Optional.of(names.stream().map(part -> known(part).orElse(part)).toList())
        : Optional.empty();
  }

  /** The catalogue's name of a GPU. */
  private Optional<String> known(String words) {
    if (catalog.find(words).isPresent()) {
      return Optional.of(words);
    }
    if (SYSTEMS.containsKey(words)) {
      return Optional.of(SYSTEMS.get(words));
    }
    String bare = FORM_FACTOR.matcher(words).replaceFirst("");
    if (catalog.find(bare).isPresent()) {
      return Optional.of(bare);
    }
    List<String> longer =
        catalog.names().stream().filter(name -> name.startsWith(bare + "-")).toList();
    return longer.size() == 1 ? Optional.of(longer.get(0)) : Optional.empty();
  }

  // <gpu>/<family>/…, or in older trees <gpu>/<engine>/<version>/<file>.
  private static boolean isLaidOut(Path folder, Path file) {
    Path below = folder.relativize(file);
    String next = below.getName(0).toString();
    if (OPERATIONS.matcher(folder.getFileName().toString()).matches()) {
      return false;
    }
    return below.getNameCount() > 1 && OPERATIONS.matcher(next).matches()
        || below.getNameCount() == 3 && ENGINE.matcher(next).matches();
  }

  private static Path sheet(Path folder) {
    String name = folder.getFileName() + ".yaml";
    Path above = folder.getParent();
    return Stream.of(above, above == null ? null : above.getParent())
        .filter(place -> place != null)
        .map(place -> place.resolve(name))
        .filter(Files::isRegularFile)
        .findFirst()
        .orElse(null);
  }

  private GpuIdentity identity(List<String> names, Path sheet) {
    Optional<DatasheetRates> rates =
        catalog
            .find(names.get(0))
            .map(
                entry ->
                    new DatasheetRates(
                        entry.spec().hbmBytesPerSecond(), entry.spec().peakFlops(), "catalogue"))
            .or(() -> sheet == null ? Optional.empty() : Optional.of(SystemSheet.read(sheet)));
    return new GpuIdentity(names, rates);
  }

  /** Where nothing says which GPU it is. */
  static InputException unknown(Path file, String device) {
    return new InputException(
        file.toString(),
        "",
        device.isEmpty()
            ? "does not say which GPU it was measured on"
            : "was measured on the device \"" + device + "\", which is not known",
        "Name it with --gpu NAME, or put the table into the GPU's folder, such as h100_sxm.");
  }
}
