package dev.rackplan.topology;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One accelerator of the catalogue with the links it is usually sold with.
 *
 * @param spec memory, rates, price
 * @param scaleUp its port into the scale-up domain, one direction
 * @param nic its share of the host's NICs, one direction
 * @param scaleUpDomainGpus most accelerators of one scale-up domain
 * @param priceBasis what {@code spec.usdPerHour} is and who says so; empty without a price
 * @param note what the numbers leave out; empty where there is nothing to say
 * @param sources where the numbers come from
 * @param basis key of the catalogue file → where its value comes from
 */
public record GpuCatalogEntry(
    GpuSpec spec,
    LinkSpec scaleUp,
    LinkSpec nic,
    int scaleUpDomainGpus,
    Optional<String> priceBasis,
    Optional<String> note,
    List<String> sources,
    SortedMap<String, ConstantBasis> basis) {
  private static final int BOARD = 8;
  private static final Set<GpuGeneration> REDUCING =
      Set.of(GpuGeneration.HOPPER, GpuGeneration.BLACKWELL, GpuGeneration.RUBIN);

  public GpuCatalogEntry {
    sources = List.copyOf(sources);
    basis = Collections.unmodifiableSortedMap(new TreeMap<>(basis));
    if (sources.isEmpty()) {
      throw new IllegalArgumentException("sources must not be empty");
    }
    if (scaleUpDomainGpus < 1) {
      throw new IllegalArgumentException(
          "scaleUpDomainGpus must be >= 1, was " + scaleUpDomainGpus);
    }
    if (spec.usdPerHour().isPresent() != priceBasis.isPresent()) {
      throw new IllegalArgumentException("usdPerHour and priceBasis belong together");
    }
    if (spec.generation().isEmpty()) {
      throw new IllegalArgumentException("generation must be given");
    }
  }

  /** Who makes it. */
  public String vendor() {
    return spec.generation().orElseThrow().vendor().title();
  }

  /**
   * Whether the switches that its domains usually have sum up all-reduces: NVSwitches from the
   * third generation on (NVLink SHARP), on boards of eight and in racks; bridges of two or four
   * don't.
   *
   * <p>Source: NVIDIA's data sheets of HGX H100, HGX B200, GB200 NVL72 and Vera Rubin NVL72.
   */
  public boolean reducesInSwitch() {
    return scaleUpDomainGpus >= BOARD && spec.generation().filter(REDUCING::contains).isPresent();
  }

  /** The catalogue key, such as {@code h100-sxm}. */
  public String name() {
    return spec.name();
  }

  /** The same at another price of an accelerator-hour. */
  public GpuCatalogEntry withUsdPerHour(double usdPerHour) {
    return with(
        spec.hbmBytes(), spec.datasheet(), OptionalDouble.of(usdPerHour), Optional.of("as given"));
  }

  /**
   * The same sold with other memory, of which the driver reports the same share; at the same
   * bandwidth.
   *
   * @param bytes as sold
   */
  public GpuCatalogEntry withMemory(double bytes) {
    DatasheetMemory sold = spec.datasheet();
    return with(
        spec.hbmBytes() * bytes / sold.bytes(),
        new DatasheetMemory(bytes, sold.bytesPerSecond()),
        spec.usdPerHour(),
        priceBasis);
  }

  private GpuCatalogEntry with(
      double hbmBytes, DatasheetMemory sold, OptionalDouble price, Optional<String> basisOfPrice) {
    GpuSpec other =
        new GpuSpec(
            spec.name(),
            hbmBytes,
            spec.hbmBytesPerSecond(),
            spec.peakFlops(),
            spec.computeEfficiency(),
            spec.memoryEfficiency(),
            price,
            spec.kernelSeconds(),
            sold,
            spec.generation());
    return new GpuCatalogEntry(
        other, scaleUp, nic, scaleUpDomainGpus, basisOfPrice, note, sources, basis);
  }
}
