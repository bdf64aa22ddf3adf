package dev.rackplan.cost.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.json.GpuCatalog;
import dev.rackplan.model.Dtype;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GpuFormatsTest {
  @ParameterizedTest
  @CsvSource({
    "a100-80g, INT8, true",
    "a100-80g, FP8, false",
    "h100-sxm, INT8, true",
    "h100-sxm, INT4, true",
    "h100-sxm, NVFP4, false",
    "ascend-910c, INT8, true",
    "gaudi3, FP8, true",
    "trainium1, NVFP4, false",
  })
  void hasUnit_isOfWhatRunsAtARateOfItsOwn(String gpu, Dtype dtype, boolean own) {
    assertEquals(own, new GpuFormats(GpuCatalog.load().entry(gpu).spec(), true).hasUnit(dtype));
  }

  @ParameterizedTest
  @CsvSource({
    // GPU, format, kernel, whether widened for want of a unit
    "a100-80g, FP8, int8_wo, true",
    "a100-80g, INT4, int4_wo, false",
    "a100-80g, W4A8, int4_wo, true",
    "h100-sxm, FP8, fp8_block, false",
    "h100-sxm, FP8_TENSOR, fp8, false",
    "h100-sxm, FP8_WEIGHT_ONLY, int8_wo, false",
    "h100-sxm, W4A8, w4a8_int4_fp8, false",
    "h100-sxm, MXFP8, int8_wo, true",
    "h100-sxm, NVFP4, w4a16_nvfp4, true",
    "h100-sxm, MXFP4, w4a16_mxfp4, true",
    "h100-sxm, INT4_GROUP_32, int4_wo_g32, false",
    "b200-sxm, NVFP4, nvfp4, false",
    "b200-sxm, NVFP4_WEIGHT_ONLY, w4a16_nvfp4, false",
    "b200-sxm, MXFP4, w4a8_mxfp4_mxfp8, false",
    "b200-sxm, MXFP4_WEIGHT_ONLY, w4a16_mxfp4, false",
    "b200-sxm, MXFP8, fp8_block, false",
    "mi300x, MXFP4, w4a16_mxfp4, true",
    "mi355x, NVFP4, w4a16_nvfp4, true",
    "mi355x, MXFP4_BOTH, mxfp4, false",
    "mi355x, FP4, fp4, false",
    "mi455x, NVFP4, nvfp4, false",
    "trainium3, NVFP4, w4a16_nvfp4, true",
    "ascend-910b, FP8, int8_wo, true",
    "ascend-910b, NVFP4, w4a16_nvfp4, true",
    "ascend-910b, INT8, int8, false",
  })
  void of_saysWhatTheKernelMultiplies(String gpu, Dtype dtype, String kernel, boolean widened) {
    GpuFormats formats = new GpuFormats(GpuCatalog.load().entry(gpu).spec(), true);
    assertEquals(kernel, formats.of(dtype).key());
    assertEquals(widened, formats.widens(dtype));
  }
}
