package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.model.ContextLimit;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.ModelInput;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every kind of mixer and FFN of a model file, at hidden 8 and vocabulary 10. */
class ModelFileTest {
  private static final String GROUPED = "'heads':4,'kvHeads':2,'headDimension':3";
  private static final String INDEX = "'index':{'topEntries':9,'heads':2,'keyDimension':4";

  private static final String LAYER = "{'attention':{'kind':'none'},'ffn':{'kind':'none'}}";

  private static Model read(String layers, String more) {
    String text =
        "{'source':'s','name':'n','architecture':'a','hiddenSize':8,'vocabularySize':10,'tiedEmbeddings':true,"
            + more
            + "'layers':["
            + layers
            + "]}";
    return ModelFile.read(JsonCursor.parse(text.replace('\'', '"'), "m.json"));
  }

  private static Layer only(String attention, String ffn) {
    return read("{'attention':{" + attention + "},'ffn':{" + ffn + "},'norms':0}", "")
        .layers()
        .get(0);
  }

  @Test
  void exampleOfTheFormats_hasItsHandCount() {
    String text =
        """
        { "name": "small-hybrid", "source": "report of May 2026, table 2", "architecture": "hybrid",
          "hiddenSize": 1024, "vocabularySize": 32000, "tiedEmbeddings": true,
          "layers": [
            { "repeat": 6, "layers": [
                { "count": 3, "attention": {"kind": "linear", "parameters": 4300000, "heads": 16, "stateBytes": 540672, "flopsPerToken": 786432},
                  "ffn": {"kind": "dense", "width": 2816} },
                { "attention": {"kind": "groupedQuery", "heads": 16, "kvHeads": 4, "headDimension": 64, "extras": ["headNorm"]},
                  "ffn": {"kind": "moe", "experts": 32, "expertsPerToken": 4, "expertWidth": 704, "sharedWidth": 704, "routerBias": true} } ] } ] }
        """;
    Model model = ModelFile.read(JsonCursor.parse(text, "m.json"));
    assertEquals(710_070_144, model.parameters());
    assertEquals(6144, model.kvBytesPerToken(Dtype.BF16));
    assertEquals(24, model.layers().size());
  }

  @Test
  void residuals_besideStreams_areRefused() {
    String layer = "{'attention':{'kind':'none'},'ffn':{'kind':'dense','width':2},%s}";
    Layer mixing = read(layer.formatted("'streams':4"), "").layers().get(0);
    assertEquals(4, mixing.streams());
    assertEquals(4, mixing.boundaryResiduals());
    InputException error =
        assertThrows(
            InputException.class, () -> read(layer.formatted("'streams':4,'residuals':2"), ""));
    assertEquals("$.layers[0].residuals", error.path());
  }

  /** Weights of the mixer, KV bytes a token and index bytes in BF16. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'kind':'groupedQuery'," + GROUPED + " | full | 288 | 24 | 0",
        "'kind':'groupedQuery'," + GROUPED + ",'moreParameters':-8 | full | 280 | 24 | 0",
        "'kind':'groupedQuery'," + GROUPED + "," + INDEX + "} | sparse | 288 | 24 | 8",
        "'kind':'linear','parameters':99,'heads':2,'stateBytes':16,'flopsPerToken':5 | linear | 99 | 0 | 0",
        "'kind':'compressed','parameters':77,'heads':4,'headDimension':6,'windowTokens':9,'ratio':4,"
            + INDEX
            + "} | compressed | 77 | 3 | 2",
        "'kind':'parallel','attention':{"
            + GROUPED
            + "},'state':{'parameters':99,'heads':2,'stateBytes':16,'flopsPerToken':5} | parallel | 387 | 24 | 0",
        "'kind':'none' | none | 0 | 0 | 0",
        // q 8·4·5, kv 8·8 + 6 + 6·4·10, o 28·8; an indexer 8·8 + 8·4 + 8 + 16.
        "'kind':'latent','heads':4,'latentRank':6,'ropeDimension':2,'noRopeDimension':3,'valueDimension':7 | mla | 694 | 16 | 0",
        "'kind':'latent','heads':4,'latentRank':6,'ropeDimension':2,'noRopeDimension':3,'valueDimension':7,"
            + INDEX
            + "} | sparse | 814 | 16 | 8",
        "'kind':'latent','heads':4,'latentRank':6,'ropeDimension':2,'noRopeDimension':3,'valueDimension':7,'moreParameters':5,"
            + INDEX
            + ",'shared':true} | sparse | 699 | 16 | 0"
      })
  void mixers_haveTheirWeightsAndCaches(
      String json, String kind, long parameters, double kv, double index) {
    Model model = read("{'attention':{" + json + "},'ffn':{'kind':'dense','width':7}}", "");
    assertEquals(kind, model.layers().get(0).attention().kind());
    assertEquals(parameters, model.layers().get(0).attention().parameters());
    assertEquals(kv, model.kvBytesPerToken(Dtype.BF16));
    assertEquals(index, model.indexBytesPerToken(Dtype.BF16));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'kind':'dense','width':7 | 168",
        "'kind':'dense','width':7,'matrices':2,'moreParameters':15 | 127",
        "'kind':'none' | 0",
        "'kind':'moe','experts':6,'expertsPerToken':2,'expertWidth':5,'sharedWidth':5,'sharedParameters':8 | 896",
        // Two matrices of 6·5, projections 2·8·6, router 48.
        "'kind':'moe','experts':6,'expertsPerToken':2,'expertWidth':5,'matrices':2,'tokenWidth':6 | 504"
      })
  void ffns_haveTheirWeights(String json, long parameters) {
    assertEquals(parameters, only("'kind':'none'", json).ffn().parameters());
  }

  @Test
  void partsBesideLayers_countOnce() {
    Model model =
        read(
            "{'count':3,'attention':{'kind':'groupedQuery',"
                + GROUPED
                + "},'ffn':{'kind':'none'},'otherParameters':5,'residuals':2}",
            "'towerParameters':1000,'tableParameters':300,'kvSharingLayers':1,'huggingFace':['o/n'],");
    assertEquals(3 * (288 + 16 + 5) + 8 + 80 + 1300, model.parameters());
    assertEquals(model.parameters() - 1300, model.activeParameters());
    assertEquals(new ModelInput(1000, 300), model.input());
    assertEquals(2 * 24, model.kvBytesPerToken(Dtype.BF16));
    assertEquals(1, model.layers().get(2).kvSource().getAsInt());
    assertEquals(2, model.layers().get(0).boundaryResiduals());
    assertEquals(List.of(ModelNotes.TOWERS), model.notes());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'kind':'linear','parameters':99,'heads':2,'stateBytes':0,'flopsPerToken':5 | .stateBytes",
        "'kind':'compressed','parameters':77,'heads':4,'headDimension':6,'windowTokens':9,"
            + INDEX
            + "} | ``",
        "'kind':'groupedQuery'," + GROUPED + ",'moreParameters':-999 | ``",
        "'kind':'parallel','attention':{" + GROUPED + "} | ``",
        "'kind':'none','heads':4 | .heads",
        "'kind':'recurrent' | .kind"
      })
  void badMixers_areRefusedAtTheirPath(String json, String path) {
    InputException error = assertThrows(InputException.class, () -> only(json, "'kind':'none'"));
    assertEquals("$.layers[0].attention" + path.replace("`", ""), error.path());
  }

  // Of checkpoints that bear the name, "n", the shortest; "o/x" is asked for by its id.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'maxContext':100, | 100 | 100",
        "'maxContext':100,'shorterContexts':{'o/N-it':50,'o/x':20}, | 50 | 100",
        "'maxContext':100,'shorterContexts':{'n/x':20}, | 100 | 100",
      })
  void contexts_areThoseOfCheckpointsOfTheName(String keys, int everywhere, int longest) {
    assertEquals(
        Optional.of(ContextLimit.of(everywhere, longest)), read(LAYER, keys).contextLimit());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'shorterContexts':{'o/n':20}, | needs maxContext",
        "'maxContext':100,'shorterContexts':{'o/n':101}, | must be",
        "'maxContext':0, | must be",
        "'contextOverride':{'rope_theta':1}, | needs maxContext",
        "'maxContext':100,'shorterContexts':{'o/n':20},'contextOverride':{'rope_type':'\\u0027'}, | must not have",
        "'maxContext':100,'contextOverride':{'rope_theta':1}, | has nothing to change",
        "'maxContext':100,'shorterContexts':{'o/x':20},'contextOverride':{'rope_theta':1}, | has nothing to change",
        "'maxContext':100,'shorterContexts':{'o/n':20},'contextOverride':3, | object",
      })
  void contexts_thatCannotBe_areRefused(String keys, String fault) {
    InputException error = assertThrows(InputException.class, () -> read(LAYER, keys));
    assertTrue(error.getMessage().contains(fault), error.getMessage());
  }
}
