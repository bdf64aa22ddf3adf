package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.CommittedSchema;
import dev.rackplan.model.Dtype;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DtypeNameTest {
  @ParameterizedTest
  @CsvSource({
    "bfloat16, BF16, 16",
    "torch.float16, FP16, 16",
    "FP8_E4M3, FP8, 8",
    "e5m2, FP8, 8",
    "fp8-block, FP8_BLOCK, 8.001953125",
    "fbgemm_fp8, FP8_TENSOR, 8",
    "mxfp8, MXFP8, 8.25",
    "w8a8, INT8, 8",
    "w8a16, INT8_WEIGHT_ONLY, 8",
    "w4a16, INT4, 4.125",
    "int4-gptq, INT4, 4.125",
    "int4-awq, INT4_AWQ, 4.15625",
    "awq, INT4_AWQ, 4.15625",
    "int4_g64, INT4_GROUP_64, 4.25",
    "int4_g32, INT4_GROUP_32, 4.5",
    "w4a8, W4A8, 4.125",
    "nvfp4, NVFP4, 4.5",
    "w4a16_nvfp4, NVFP4_WEIGHT_ONLY, 4.5",
    "mxfp4, MXFP4, 4.25",
    "w4a4-mxfp4, MXFP4_BOTH, 4.25",
  })
  void find_knowsVendorsNamesAndCountsScales(String name, Dtype dtype, double bits) {
    assertEquals(Optional.of(dtype), DtypeName.find(name));
    assertEquals(bits, 8 * dtype.bytes());
  }

  @ParameterizedTest
  @EnumSource
  void key_isAName(Dtype dtype) {
    assertEquals(Optional.of(dtype), DtypeName.find(dtype.key()));
  }

  @Test
  void unknownName_getsTheNearest() {
    InputException error =
        assertThrows(
            InputException.class,
            () -> DtypeName.of(JsonCursor.parse("{\"weights\": \"nvpf4\"}", "p").get("weights")));
    assertTrue(
        error.getMessage().contains("$.weights: is no number format, was \"nvpf4\""),
        error.getMessage());
    assertTrue(error.getMessage().contains("Did you mean \"nvfp4\"?"), error.getMessage());
  }

  @Test
  void schema_acceptsTheSameNames() throws IOException {
    for (String name : DtypeName.all()) {
      boolean ofWeights = DtypeName.find(name).orElseThrow().isOfWeightsOnly();
      for (String key : new String[] {"weights", "kv"}) {
        String problem =
            TinyCase.PROBLEM
                .replace("\"weights\": \"fp8\", ", "")
                .replace("\"kv\": \"bf16\"", "\"" + key + "\": \"" + name + "\"");
        assertEquals(
            key.equals("kv") && ofWeights,
            !CommittedSchema.validate("problem", problem).equals(Set.of()),
            key + " " + name);
      }
    }
  }
}
