package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.topology.DatasheetMemory;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.GpuGeneration;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.LinkSpec;
import dev.rackplan.topology.Rails;
import dev.rackplan.topology.Topology;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopologyFileTest {
  private static final String COMPACT =
      "{'name':'t','gpu':'gb200','racks':{'count':2,'domainsPerRack':1,'nodesPerDomain':18,'gpusPerNode':4},"
          + "'scaleUp':{'bandwidthGBps':900,'latencyMicros':3},'scaleOut':{'nicGBps':50,'latencyMicros':10}}";

  static Topology read(String singleQuoted) {
    return TopologyFile.read(JsonCursor.parse(singleQuoted.replace('\'', '"'), "t.json"));
  }

  @Test
  void read_takesTheDesignsExample() {
    Topology topology =
        read(
            "{'name':'gb200-nvl72-x4','gpu':'gb200',"
                + "'racks':{'count':4,'domainsPerRack':1,'nodesPerDomain':18,'gpusPerNode':4},"
                + "'scaleUp':{'bandwidthGBps':900,'latencyMicros':3},"
                + "'scaleOut':{'nicGBps':50,'latencyMicros':10,'leafRacks':2,'oversubscription':1.0},"
                + "'drained':['rack-0/domain-0/node-17']}");
    assertEquals("gb200-nvl72-x4", topology.name());
    assertEquals(288, topology.gpus().size());
    assertEquals(284, topology.usableGpus().size());
    assertEquals("rack-3/domain-0/node-17/gpu-3", topology.gpus().get(287).name());
    assertEquals(new LinkSpec(900e9, 3e-6, 0.6), topology.domains().get(2).scaleUp());
    assertEquals(50e9, topology.scaleOut().nic().bandwidthBytesPerSecond());
    assertEquals(10e-6, topology.scaleOut().nic().latencySeconds(), 1e-15);
    assertEquals(List.of(0, 0, 1, 1), topology.racks().stream().map(rack -> rack.leaf()).toList());
    assertEquals(48e9, topology.network().bottleneck(0, 287).capacityBytesPerSecond(), 1);
  }

  @Test
  void read_takesCommonNamesOfAGpu() {
    Topology topology =
        read(
            "{'name':'t','gpu':'NVIDIA H100 SXM5','racks':{'count':1,'domainsPerRack':1,'nodesPerDomain':1,'gpusPerNode':8}}");
    assertEquals("h100-sxm", topology.gpus().get(0).spec().name());
  }

  @Test
  void read_inheritsDownwardsAndKeepsIrregularNames() {
    Topology topology =
        read(
            "{'$schema':'s','description':'d','name':'odd','gpu':'h100-sxm',"
                + "'racks':["
                + "{'name':'east','gpusPerNode':3,'domains':[{'nodes':[{'name':'head','gpus':2},{}]},"
                + "{'name':'slow','scaleUp':{'bandwidthGBps':100,'latencyMicros':5,'efficiency':0.5},'nodes':2,'gpusPerNode':1}]},"
                + "{'domains':1,'nodesPerDomain':1,'gpusPerNode':4,'gpu':'h200-sxm'},"
                + "{'name':'west','count':2,'domains':[{'scaleUp':{'bandwidthGBps':300},'gpu':'h200-sxm',"
                + "'nodes':[{'gpus':1},{'gpu':'h100-sxm','gpus':1}]}]}],"
                + "'scaleOut':{'domainUplinkGBps':70,'efficiency':0.9,'leafRacks':3,'oversubscription':1.5},"
                + "'drained':['west-1','east/domain-0/head/gpu-1']}");
    assertEquals(
        List.of(
            "east/domain-0/head/gpu-0",
            "east/domain-0/head/gpu-1",
            "east/domain-0/node-1/gpu-0",
            "east/domain-0/node-1/gpu-1",
            "east/domain-0/node-1/gpu-2",
            "east/slow/node-0/gpu-0",
            "east/slow/node-1/gpu-0",
            "rack-1/domain-0/node-0/gpu-0",
            "rack-1/domain-0/node-0/gpu-1",
            "rack-1/domain-0/node-0/gpu-2",
            "rack-1/domain-0/node-0/gpu-3",
            "west-0/domain-0/node-0/gpu-0",
            "west-0/domain-0/node-1/gpu-0",
            "west-1/domain-0/node-0/gpu-0",
            "west-1/domain-0/node-1/gpu-0"),
        topology.gpus().stream().map(Gpu::name).toList());
    assertEquals(
        List.of(7, 8, 9, 10, 11, 13),
        IntStream.range(0, 15)
            .filter(gpu -> topology.gpus().get(gpu).spec().name().equals("h200-sxm"))
            .boxed()
            .toList());
    assertEquals(
        List.of(450e9, 100e9, 450e9, 300e9, 300e9),
        topology.domains().stream()
            .map(domain -> domain.scaleUp().bandwidthBytesPerSecond())
            .toList());
    assertEquals(new LinkSpec(100e9, 5e-6, 0.5), topology.domains().get(1).scaleUp());
    assertEquals(new LinkSpec(300e9, 3e-6, 0.6), topology.domains().get(3).scaleUp());
    assertEquals(0.9, topology.scaleOut().nic().efficiency());
    assertEquals(50e9, topology.scaleOut().nic().bandwidthBytesPerSecond());
    assertEquals(OptionalDouble.of(70e9), topology.scaleOut().domainUplinkBytesPerSecond());
    assertEquals(1.5, topology.scaleOut().oversubscription());
    assertEquals(List.of(0, 0, 0, 1), topology.racks().stream().map(rack -> rack.leaf()).toList());
    assertEquals(
        List.of(1, 13, 14), topology.gpus().stream().filter(Gpu::drained).map(Gpu::index).toList());
  }

  @Test
  void read_takesAnInlineAccelerator() {
    Topology topology =
        read(
            "{'name':'t','gpu':{'name':'new','hbmGiB':2,'hbmTBps':1.5,'fp8Tflops':7,'memoryEfficiency':0.6,'usdPerHour':0},"
                + "'racks':{'count':1,'domainsPerRack':1,'nodesPerDomain':1,'gpusPerNode':1},"
                + "'scaleUp':{'bandwidthGBps':9,'latencyMicros':0},'scaleOut':{'nicGBps':5,'latencyMicros':1}}");
    assertEquals(2.0 * (1L << 30), topology.gpus().get(0).spec().hbmBytes());
    assertEquals(OptionalDouble.of(7e12), topology.gpus().get(0).spec().peakFlops().fp8());
    assertEquals(OptionalDouble.empty(), topology.gpus().get(0).spec().peakFlops().bf16());
    assertEquals(0.6, topology.gpus().get(0).spec().memoryEfficiency());
    assertEquals(0.7, topology.gpus().get(0).spec().computeEfficiency());
  }

  @Test
  void inlineAccelerator_mayHaveWhatItsDriverReports() {
    String plain = "'hbmGB':80,'hbmTBps':8,'fp8Tflops':7";
    GpuSpec both = inline(plain + ",'hbmBytes':85.5e9,'planningTBps':7.67,'generation':'hopper'");
    assertEquals(85.5e9, both.hbmBytes());
    assertEquals(7.67e12, both.hbmBytesPerSecond());
    assertEquals(new DatasheetMemory(80e9, 8e12), both.datasheet());
    assertEquals(Optional.of(GpuGeneration.HOPPER), both.generation());

    GpuSpec sold = inline(plain);
    assertEquals(80e9, sold.hbmBytes());
    assertEquals(8e12, sold.hbmBytesPerSecond());
    assertEquals(Optional.empty(), sold.generation());
  }

  private GpuSpec inline(String constants) {
    return read("{'name':'t','gpu':{'name':'new',"
            + constants
            + "},'racks':{'count':1,'domainsPerRack':1,'nodesPerDomain':1,'gpusPerNode':1},"
            + "'scaleUp':{'bandwidthGBps':9,'latencyMicros':0},'scaleOut':{'nicGBps':5,'latencyMicros':1}}")
        .gpus()
        .get(0)
        .spec();
  }

  @Test
  void read_allowsEverythingDrained() {
    assertEquals(
        0,
        read(COMPACT.replace("'scaleUp'", "'drained':['rack-0','rack-1'],'scaleUp'"))
            .usableGpus()
            .size());
  }

  private static final String RACK = "'domains':2,'nodesPerDomain':1,'gpusPerNode':8";

  // Sustained GB/s of a GPU's NIC, 96% of the line rate: by the file, the catalogue, the part.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'gpu':'a100-80g',R},{'gpu':'h100-sxm',R}]} | 24 | 48
          {'gpu':'a100-80g',R},{'gpu':'h100-sxm',R}],'scaleOut':{'nicGBps':100}} | 96 | 96
          {'gpu':'a100-80g','scaleOut':{'nicGBps':12.5},R},{'gpu':'h100-sxm',R}]} | 12 | 48
          {'gpu':'h100-sxm','scaleOut':{'nicGBps':25},R},{'gpu':'h100-sxm',R}],'scaleOut':{'nicGBps':100}} | 24 | 96
          {'gpu':'h100-sxm','scaleOut':{'nicsPerNode':16},R},{'gpu':'h100-sxm',R}]} | 96 | 48
          """)
  void read_takesNicsOfTheNearestPart(String racks, double first, double last) {
    Topology topology = read("{'name':'t','racks':[" + racks.replace("R", RACK));
    assertEquals(first * 1e9, topology.network().nicBytesPerSecond(0), 1);
    assertEquals(last * 1e9, topology.network().nicBytesPerSecond(31), 1);
  }

  @Test
  void read_takesRailsIslandsAndFewNics() {
    Topology topology =
        read(
            COMPACT
                .replace("'nicGBps':50", "'nicGBps':50,'rails':2,'nicsPerNode':2")
                .replace(
                    "'latencyMicros':3", "'latencyMicros':3,'islands':{'gpus':2,'uplinkGBps':64}"));
    assertEquals(new Rails(2, true), topology.scaleOut().rails());
    assertEquals(0, topology.network().rail(1));
    assertEquals(1, topology.network().rail(2));
    assertEquals(
        OptionalDouble.of(64e9),
        topology.domains().get(1).islands().orElseThrow().uplinkBytesPerSecond());
    assertFalse(
        read(COMPACT.replace("'nicGBps':50", "'nicGBps':50,'rails':2,'pxn':false"))
            .scaleOut()
            .rails()
            .forwarding());
  }

  @Test
  void read_laysDomainsOverSeveralRacks() {
    Topology compact =
        read(COMPACT.replace("'gpusPerNode':4", "'gpusPerNode':4,'racksPerDomain':2"));
    Topology listed =
        read(
            "{'name':'t','gpu':'gb200','racks':[{'domains':[{'nodes':9}],'gpusPerNode':4},"
                + "{'domains':[{'joins':'rack-0/domain-0','nodes':9}],'gpusPerNode':4}],"
                + "'scaleUp':{'bandwidthGBps':900,'latencyMicros':3},"
                + "'scaleOut':{'nicGBps':50,'latencyMicros':10}}");
    assertEquals(compact, listed);
    assertEquals(1, compact.domains().size());
    assertEquals(72, compact.domains().get(0).gpus().size());
    assertEquals("rack-1/domain-0/node-0/gpu-0", compact.gpus().get(36).name());
    assertEquals(1, compact.gpus().get(36).rack());
    Topology drained =
        read(
            COMPACT
                .replace("'gpusPerNode':4", "'gpusPerNode':4,'racksPerDomain':2")
                .replace("'scaleUp'", "'drained':['rack-1'],'scaleUp'"));
    assertEquals(36, drained.usableGpus().size());
    Topology part =
        read(
            COMPACT
                .replace("'gpusPerNode':4", "'gpusPerNode':4,'racksPerDomain':2")
                .replace("'scaleUp'", "'drained':['rack-1/domain-0'],'scaleUp'"));
    assertEquals(drained, part);
  }

  private static final String ONE =
      "{'name':'t','gpu':'h100-sxm','racks':[{'domains':1,'nodesPerDomain':1,'gpusPerNode':8}]}";

  /** A replacement in COMPACT (C) or ONE (O), the path, what is wrong, part of the remedy. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          C | 'gpu':'gb200' | 'gpu':'gb20' | $.gpu | no accelerator "gb20" | Did you mean "gb200"?
          C | 'gpu':'gb200', | | $ | key "gpu" is missing | Add "gpu"
          C | 'gpu':'gb200' | 'gpu':7 | $.gpu | must be a catalogue name or an object | "h100-sxm"
          C | 'gpu':'gb200' | 'gpu':{'name':'x','hbmTBps':1,'fp8Tflops':1} | $.gpu | key "hbmGB" is missing | once
          C | 'gpu':'gb200' | 'gpu':{'name':'x','hbmGB':1,'hbmTBps':1} | $.gpu | no dense rate | Add at least one
          C | 'gpu':'gb200' | 'gpu':{'name':'x','hbmGB':1,'hbmTBps':1,'fp8Tflops':1,'memoryEfficiency':1.2} | $.gpu.memoryEfficiency | was 1.2 | in that range
          C | 'gpu':'gb200' | 'gpu':{'name':'x','hbmGB':80,'hbmTBps':1,'fp8Tflops':1,'hbmBytes':85.5} | $.gpu.hbmBytes | must be within a factor of 1.25 of the data sheet's 8.0E10, was 85.5 | Give bytes
          C | 'gpu':'gb200' | 'gpu':{'name':'x','hbmGB':80,'hbmTBps':8,'fp8Tflops':1,'planningTBps':767} | $.gpu.planningTBps | of the data sheet's 8.0, was 767.0 | Give TB/s
          C | 'gpu':'gb200' | 'gpu':{'name':'x','hbmGB':80,'hbmTBps':8,'fp8Tflops':1,'generation':'hoper'} | $.gpu.generation | no generation "hoper" is known | Did you mean "hopper"? Known: volta
          C | 'gpu':'gb200' | 'gpu':{'name':'x','hbmGB':80,'hbmTBps':8,'fp8Tflops':1,'generation':9} | $.gpu.generation | 9 | quotes
          C | 'name':'t', | | $ | key "name" is missing | Add it
          C | 'count':2 | 'count':0 | $.racks.count | must be in 1..100000, was 0 | whole number
          C | 'count':2 | 'count':2.5 | $.racks.count | must be a whole number, was 2.5 | decimal point
          C | 'count':2 | 'count':1389 | $.racks | more than 100000 GPUs (100008) | fewer
          C | 'count':2 | 'cout':2 | $.racks | key "count" is missing; did you mean it by "cout"? | Add it
          C | 'gpusPerNode':4 | 'gpusPerNode':4,'spare':1 | $.racks.spare | unknown key | Known here
          C | 'bandwidthGBps':900 | 'bandwidthGBps':-900 | $.scaleUp.bandwidthGBps | must be > 0, was -900 | positive
          C | 'bandwidthGBps':900 | 'bandwidthGbps':900 | $.scaleUp.bandwidthGbps | unknown key; did you mean "bandwidthGBps"? | Known here
          C | 'latencyMicros':3 | 'latencyMicros':null | $.scaleUp.latencyMicros | must not be null | leave an optional key out
          C | 'nicGBps':50 | 'nicGBps':50,'leafRacks':0 | $.scaleOut.leafRacks | was 0 | whole number
          C | 'nicGBps':50 | 'nicGBps':50,'oversubscription':0 | $.scaleOut.oversubscription | must be > 0, was 0 | positive
          C | 'nicGBps':50 | 'nicGBps':'50' | $.scaleOut.nicGBps | must be a finite number, was "50" | without quotes
          C | 'scaleUp' | 'drained':['rack-0/domain-0/node-18'],'scaleUp' | $.drained[0] | nothing is named "rack-0/domain-0/node-18" | Did you mean "rack-0/domain-0/node-
          C | 'scaleUp' | 'drained':['rack-1','rak-0'],'scaleUp' | $.drained[1] | nothing is named "rak-0" | Did you mean "rack-0"?
          C | 'scaleUp' | 'drained':['tray seventeen'],'scaleUp' | $.drained[0] | nothing is named "tray seventeen" | full name
          C | 'scaleUp' | 'drain':[],'scaleUp' | $.drain | unknown key | Known here
          O | [{'domains':1,'nodesPerDomain':1,'gpusPerNode':8}] | [] | $.racks | must not be empty | at least one rack
          O | [{'domains':1,'nodesPerDomain':1,'gpusPerNode':8}] | 'two' | $.racks | must be an object or a list | equal racks
          O | 'domains':1,'nodesPerDomain':1 | 'domains':[] | $.racks[0].domains | must not be empty | at least one domain
          O | 'domains':1,'nodesPerDomain':1 | 'domains':[{'nodes':[]}] | $.racks[0].domains[0].nodes | must not be empty | at least one node
          O | 'domains':1,'nodesPerDomain':1,'gpusPerNode':8 | 'domains':1,'nodesPerDomain':1 | $.racks[0] | key "gpusPerNode" is missing | number of GPUs
          O | 'nodesPerDomain':1 | 'nodesPerDomain':20000 | $.racks[0] | more than 100000 GPUs (160000) | fewer
          O | }] | },{'name':'rack-0','domains':1,'nodesPerDomain':1,'gpusPerNode':8}] | $.racks[1] | name "rack-0" is given twice | own name
          O | {'domains':1 | {'name':'a/b','domains':1 | $.racks[0] | name "a/b" must be | own name
          O | 'domains':1,'nodesPerDomain':1 | 'domains':[{'nodes':[{},{'gpu':'b200-sxm'}]}] | $.racks[0].domains[0] | no scale-up link is known for h100-sxm with b200-sxm | Add "scaleUp"
          O | }] | },{'gpu':{'name':'x','hbmGB':80,'hbmTBps':1,'fp8Tflops':1},'scaleUp':{'bandwidthGBps':9,'latencyMicros':1},'domains':1,'nodesPerDomain':1,'gpusPerNode':8}] | $ | no scale-out network is known for x | Add "scaleOut"
          O | }]} | },{'gpu':{'name':'x','hbmGB':80,'hbmTBps':1,'fp8Tflops':1},'scaleUp':{'bandwidthGBps':9,'latencyMicros':1},'domains':1,'nodesPerDomain':1,'gpusPerNode':8}],'scaleOut':{'latencyMicros':1}} | $.scaleOut | key "nicGBps" is missing | no single value
          C | 'nicGBps':50 | 'nicGBps':50,'rails':0 | $.scaleOut.rails | was 0 | whole number
          C | 'nicGBps':50 | 'nicGBps':50,'pxn':1 | $.scaleOut.pxn | must be true or false | quotes
          C | 'nicGBps':50 | 'nicGBps':50,'nicsPerNode':0 | $ | domain rack-0/domain-0 has no NIC | Correct
          C | 'latencyMicros':3 | 'latencyMicros':3,'torus':[4,4] | $.scaleUp.torus | a torus can't be expressed | Leave "torus" out
          C | 'latencyMicros':3 | 'latencyMicros':3,'islands':{'gpus':2} | $.scaleUp.islands | islands need a port or an uplink | Give "bandwidthGBps" inside
          C | 'latencyMicros':3 | 'latencyMicros':3,'islands':{'bandwidthGBps':300} | $.scaleUp.islands | key "gpus" is missing | Add it
          C | 'gpusPerNode':4 | 'gpusPerNode':4,'racksPerDomain':3 | $.racks | racksPerDomain must divide count and nodesPerDomain, was 3 | whole domains
          O | 'domains':1,'nodesPerDomain':1 | 'domains':[{'joins':'rack-1/domain-0','nodes':1}] | $.racks[0].domains[0] | no domain before it is named "rack-1/domain-0" | full name
          O | 'domains':1,'nodesPerDomain':1 | 'domains':[{'nodes':1},{'joins':'rack-0/domain-0','nodes':1}] | $.racks[0].domains[1] | joins one of its own rack | full name
          O | }] | },{'domains':[{'joins':'rack-0/domain-0','scaleUp':{},'nodes':1}],'gpusPerNode':8}] | $.racks[1].domains[0] | key "scaleUp" beside "joins" | Leave it out
          """)
  void read_refusesBadInput(
      String base, String old, String replacement, String path, String problem, String remedy) {
    String good = base.equals("C") ? COMPACT : ONE;
    assertTrue(good.contains(old), old);
    String bad = good.replace(old, replacement == null ? "" : replacement);
    InputException error = assertThrows(InputException.class, () -> read(bad));
    assertEquals("t.json", error.file());
    assertEquals(path, error.path());
    String[] lines = error.getMessage().split("\n");
    assertEquals(2, lines.length, error.getMessage());
    assertTrue(
        lines[0].startsWith("t.json: " + path + ": ") && lines[0].contains(problem),
        error.getMessage());
    assertTrue(lines[1].startsWith("  ") && lines[1].contains(remedy), error.getMessage());
  }

  @Test
  void read_namesAMissingFile() {
    InputException error =
        assertThrows(
            InputException.class, () -> TopologyFile.read(Path.of("nowhere.json"), "shown.json"));
    assertEquals("shown.json", error.file());
  }
}
