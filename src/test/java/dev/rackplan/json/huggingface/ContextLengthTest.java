package dev.rackplan.json.huggingface;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.ContextLimit;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What vLLM 0.33.0 and SGLang 0.5.23 take at most; the shorter where they differ. */
class ContextLengthTest {
  private static final String PLAIN =
      "'hidden_size':8,'vocab_size':10,'num_attention_heads':4,'num_hidden_layers':1,'intermediate_size':7";

  private static Optional<ContextLimit> of(String type, String keys) {
    String text = "{'model_type':'" + type + "'," + PLAIN + keys + "}";
    return HuggingFaceConfig.read(JsonCursor.parse(text.replace('\'', '"'), "c"), "c")
        .contextLimit();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'max_position_embeddings':40960 | 40960",
        "'max_position_embeddings':40960,'rope_scaling':null | 40960",
        // Positions as they are after scaling.
        "'max_position_embeddings':131072,'rope_scaling':{'rope_type':'llama3','factor':8.0,'original_max_position_embeddings':8192} | 131072",
        "'max_position_embeddings':163840,'rope_scaling':{'type':'yarn','factor':40,'original_max_position_embeddings':4096} | 163840",
        "'max_position_embeddings':131072,'rope_parameters':{'rope_type':'yarn','factor':4.0} | 131072",
        // As they were before.
        "'max_position_embeddings':4096,'rope_scaling':{'type':'linear','factor':4.0} | 16384",
        "'max_position_embeddings':4096,'rope_scaling':{'rope_type':'dynamic','factor':2.5} | 10240",
        "'max_position_embeddings':4096,'rope_scaling':{'mrope_section':[1,2],'rope_type':'default'} | 4096",
        // Cohere's key goes before the others; of these the smallest counts.
        "'max_position_embeddings':8192,'model_max_length':131072 | 131072",
        "'max_position_embeddings':8192,'seq_length':2048 | 2048",
      })
  void said_isWhatEnginesDerive(String keys, int tokens) {
    assertEquals(Optional.of(ContextLimit.of(tokens)), of("llama", "," + keys));
  }

  // Its positions are given after scaling, by a kind that elsewhere means before.
  @Test
  void gemma3_isNotScaledTwice() {
    String keys =
        ",'head_dim':2,'num_key_value_heads':2,'max_position_embeddings':131072,'rope_scaling':{'rope_type':'linear','factor':8.0}";
    assertEquals(Optional.of(ContextLimit.of(131072)), of("gemma3_text", keys));
  }

  @Test
  void unsaid_isUnknown() {
    assertEquals(Optional.empty(), of("llama", ""));
  }
}
