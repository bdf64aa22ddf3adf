package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.rackplan.topology.GpuGeneration;
import dev.rackplan.topology.Topology;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every file of topologies/ reads, says what its name promises, and fits the JSON Schema. */
class CommittedTopologiesTest {
  private static final Path FOLDER = Path.of("topologies");
  private static final Path SCHEMA = Path.of("docs", "schema", "topology.schema.json");
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static List<Path> files() throws IOException {
    try (Stream<Path> list = Files.list(FOLDER)) {
      return list.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }

  private static JsonSchema schema() {
    try {
      return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
          .getSchema(MAPPER.readTree(SCHEMA.toFile()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void topologies_haveTheCountsTheirNamesPromise() throws IOException {
    SortedMap<String, List<Integer>> actual = new TreeMap<>();
    for (Path file : files()) {
      Topology topology = TopologyFile.read(file, file.toString());
      assertEquals(file.getFileName().toString(), topology.name() + ".json");
      actual.put(
          topology.name(),
          List.of(
              topology.racks().size(),
              topology.domains().size(),
              topology.nodes().size(),
              topology.gpus().size(),
              topology.usableGpus().size()));
    }
    SortedMap<String, List<Integer>> expected = new TreeMap<>();
    // racks, domains, nodes, GPUs, usable GPUs
    expected.put("h100-hgx-x1", List.of(1, 1, 1, 8, 8));
    expected.put("h100-hgx-x2", List.of(1, 2, 2, 16, 16));
    expected.put("h100-hgx-x4", List.of(1, 4, 4, 32, 32));
    expected.put("h100-hgx-x16", List.of(4, 16, 16, 128, 128));
    expected.put("h200-hgx-x4", List.of(1, 4, 4, 32, 32));
    expected.put("h200-hgx-x16", List.of(4, 16, 16, 128, 128));
    expected.put("b200-hgx-x4", List.of(1, 4, 4, 32, 32));
    expected.put("mi355x-x4", List.of(1, 4, 4, 32, 32));
    expected.put("ascend-910b-atlas-x4", List.of(2, 4, 4, 32, 32));
    expected.put("gb200-nvl72", List.of(1, 1, 18, 72, 72));
    expected.put("gb200-nvl72-x4", List.of(4, 4, 72, 288, 288));
    expected.put("gb200-nvl72-x16", List.of(16, 16, 288, 1152, 1152));
    expected.put("h100-hgx-x2048", List.of(1024, 2048, 2048, 16384, 16384));
    expected.put("gb300-nvl72-x8", List.of(8, 8, 144, 576, 576));
    expected.put("gb200-nvl72-16-trays-x2", List.of(2, 2, 34, 136, 128));
    expected.put("a100-dgx-x8", List.of(4, 8, 8, 64, 64));
    expected.put("h100-hgx-x1024", List.of(512, 1024, 1024, 8192, 8192));
    expected.put("h800-hgx-x256", List.of(64, 256, 256, 2048, 2048));
    expected.put("mixed-h100-h200", List.of(2, 6, 6, 48, 48));
    assertEquals(expected, actual);
  }

  @Test
  void domains_areNoLargerThanTheCatalogueAllows() throws IOException {
    GpuCatalog catalog = GpuCatalog.load();
    for (Path file : files()) {
      Topology topology = TopologyFile.read(file, file.toString());
      topology
          .domains()
          .forEach(
              domain -> {
                String gpu = topology.gpus().get(domain.gpus().get(0)).spec().name();
                // An inline accelerator has no entry.
                catalog
                    .find(gpu)
                    .ifPresent(
                        entry ->
                            assertTrue(
                                domain.gpus().size() <= entry.scaleUpDomainGpus(), domain.name()));
              });
    }
  }

  @Test
  void topologies_fitTheSchemaTheyName() throws IOException {
    for (Path file : files()) {
      JsonNode tree = MAPPER.readTree(file.toFile());
      assertEquals(
          SCHEMA, FOLDER.resolve(tree.get("$schema").textValue()).normalize(), file.toString());
      assertEquals(List.of(), List.copyOf(schema().validate(tree)), file.toString());
    }
  }

  @Test
  void schema_knowsTheCatalogue() throws IOException {
    List<String> names = new ArrayList<>();
    MAPPER
        .readTree(SCHEMA.toFile())
        .at("/$defs/gpu/oneOf/0/enum")
        .forEach(name -> names.add(name.textValue()));
    assertEquals(GpuCatalog.load().names(), names);
  }

  @Test
  void schema_knowsTheGenerations() throws IOException {
    List<String> keys = new ArrayList<>();
    MAPPER
        .readTree(SCHEMA.toFile())
        .at("/$defs/gpuSpec/properties/generation/enum")
        .forEach(key -> keys.add(key.textValue()));
    assertEquals(GpuGeneration.keys(), keys);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'name':'t','racks':{'count':1,'domainsPerRack':1,'nodesPerDomain':1,'gpusPerNode':1}}",
        "{'name':'t','gpu':'h1000','racks':{'count':1,'domainsPerRack':1,'nodesPerDomain':1,'gpusPerNode':1}}",
        "{'name':'t','gpu':'gb200','racks':{'count':0,'domainsPerRack':1,'nodesPerDomain':1,'gpusPerNode':1}}",
        "{'name':'t','gpu':'gb200','racks':[]}",
        "{'name':'t','gpu':'gb200','racks':[{'domains':2,'gpusPerNode':1}]}",
        "{'name':'t','gpu':'gb200','racks':[{'domains':[{'nodes':1,'gpusPerNode':1}]}],'scaleUp':{'bandwidthGBps':-1}}",
        "{'name':'t','gpu':'gb200','racks':[{'domains':[{'nodes':1,'gpusPerNode':1}]}],'drain':[]}",
        "{'name':'t','gpu':{'name':'x','hbmGB':1,'hbmTBps':1,'fp8Tflops':1,'generation':'hoper'},'racks':[{'domains':[{'nodes':1,'gpusPerNode':1}]}]}",
        "{'name':'t','gpu':{'name':'x','hbmGB':1,'hbmTBps':1,'fp8Tflops':1,'hbmBytes':0},'racks':[{'domains':[{'nodes':1,'gpusPerNode':1}]}]}",
        "{'name':'t','gpu':{'name':'x','hbmGB':1,'hbmGiB':1,'hbmTBps':1,'fp8Tflops':1},'racks':[{'domains':[{'nodes':1,'gpusPerNode':1}]}]}",
      })
  void schema_refusesWhatTheReaderRefuses(String singleQuoted) throws IOException {
    assertFalse(
        schema().validate(MAPPER.readTree(singleQuoted.replace('\'', '"'))).isEmpty(),
        singleQuoted);
    assertThrows(InputException.class, () -> TopologyFileTest.read(singleQuoted));
  }
}
