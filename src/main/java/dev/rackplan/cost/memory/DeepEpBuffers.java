package dev.rackplan.cost.memory;

/**
 * What DeepEP allocates on each GPU, by its own size rules: {@code get_low_latency_rdma_size_hint},
 * {@code get_nvl_buffer_size_hint} and {@code get_rdma_buffer_size_hint} of its {@code config.hpp},
 * with the recommended configurations of {@code get_dispatch_config}.
 */
final class DeepEpBuffers {
  /** GPUs of a node that it knows; further ones are reached by RDMA. */
  private static final int NODE_RANKS = 8;

  private static final double BF16_BYTES = 2;

  /** One BF16 pair of least and greatest value for 128 elements. */
  private static final double COMBINE_SCALE_BYTES = 4.0 / 128;

  /** Control words of a message that is dispatched, and of a chunk over RDMA. */
  private static final double CONTROL_BYTES = 16;

  /** Two sets, for even and odd calls. */
  private static final double SETS = 2;

  /** 20 SMs, two for each channel: the default. */
  private static final int CHANNELS = 10;

  private static final int RDMA_CHUNK_TOKENS = 128;

  /** 128 indices of 8 bytes, 128 weights and 128 scales of 4. */
  private static final double ROUTING_BYTES = 128 * (8 + 4 + 4);

  private static final double META_BYTES = 8;

  private DeepEpBuffers() {}

  /**
   * Bytes of low-latency kernels (decode).
   *
   * @param tokens most tokens that a rank sends at once
   * @param width elements of a token
   * @param slots expert slots over all ranks
   */
  static double lowLatencyBytes(double tokens, double width, double slots) {
    double dispatched = CONTROL_BYTES + BF16_BYTES * width;
    double combined = (BF16_BYTES + COMBINE_SCALE_BYTES) * width;
    double sent = Math.max(tokens * dispatched, slots * tokens * combined);
    double received = slots * tokens * Math.max(dispatched, combined);
    return SETS * (sent + received);
  }

  /**
   * Bytes of normal kernels (prefill).
   *
   * @param ranks GPUs that experts lie on
   * @param width elements of a token
   */
  static double normalBytes(int ranks, double width) {
    if (ranks < 2) {
      return 0;
    }
    double token = BF16_BYTES * width + ROUTING_BYTES + META_BYTES;
    double inNode = CHANNELS * Math.min(ranks, NODE_RANKS) * chunkTokens(ranks) * token;
    double nodes = Math.ceil(ranks / (double) NODE_RANKS);
    double overNodes =
        ranks <= NODE_RANKS
            ? 0
            : 2 * CHANNELS * nodes * RDMA_CHUNK_TOKENS * (token + CONTROL_BYTES);
    return inNode + overNodes;
  }

  // Tokens that a channel takes in at once from a GPU of its node.
  private static int chunkTokens(int ranks) {
    if (ranks <= NODE_RANKS) {
      return 256;
    }
    if (ranks <= 64) {
      return 288;
    }
    if (ranks <= 96) {
      return 480;
    }
    return ranks <= 128 ? 560 : 720;
  }
}
