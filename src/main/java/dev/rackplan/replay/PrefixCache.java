package dev.rackplan.replay;

import dev.rackplan.workload.RequestTrace;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Blocks of prompts that one attention rank has computed. Those that a sequence uses stay; others
 * stay as long as there is room, and go least recently used first. The blocks of one prompt go from
 * its end.
 *
 * <p>As vLLM's and SGLang's prefix caches do. Left out: answers, whose blocks a trace does not
 * know.
 */
final class PrefixCache {
  private final Map<Long, Block> blocks = new HashMap<>();
  // Of a ring: next is the block that goes first.
  private final Block ring = new Block(0, 0);
  private long lockedTokens;
  private long unusedTokens;

  PrefixCache() {
    ring.next = ring;
    ring.before = ring;
  }

  private static final class Block {
    private final long hash;
    private final int tokens;
    private int users;
    // Both absent, as is the ring, while it is used.
    private Block before;
    private Block next;

    Block(long hash, int tokens) {
      this.hash = hash;
      this.tokens = tokens;
    }
  }

  /** Tokens of blocks that sequences use. */
  long lockedTokens() {
    return lockedTokens;
  }

  /** Tokens of all blocks that are here. */
  long tokens() {
    return lockedTokens + unusedTokens;
  }

  /** How many leading blocks of a prompt are here, as far as they are no longer than it. */
  int leadingBlocks(RequestTrace trace, int request) {
    int left = trace.promptTokens(request);
    int count = 0;
    while (count < trace.blocks(request)) {
      Block block = blocks.get(trace.block(request, count));
      if (block == null || block.tokens > left) {
        break;
      }
      left -= block.tokens;
      count++;
    }
    return count;
  }

  /** Tokens of the first {@code count} blocks of a prompt, which are here. */
  int tokens(RequestTrace trace, int request, int count) {
    int tokens = 0;
    for (int i = 0; i < count; i++) {
      tokens += known(trace.block(request, i)).orElseThrow().tokens;
    }
    return tokens;
  }

  /** Keeps the first {@code count} blocks of a prompt, which are here. */
  void lock(RequestTrace trace, int request, int count) {
    for (int i = 0; i < count; i++) {
      use(known(trace.block(request, i)).orElseThrow());
    }
  }

  /**
   * Takes in a prompt that was computed, whose first {@code locked} blocks are kept already.
   *
   * @return how many of its blocks are kept now
   */
  int add(RequestTrace trace, int request, int locked) {
    int left = trace.promptTokens(request) - tokens(trace, request, locked);
    int count = locked;
    while (count < trace.blocks(request) && left > 0) {
      int size = Math.min(trace.blockTokens(), left);
      long hash = trace.block(request, count);
      Block block = blocks.computeIfAbsent(hash, key -> new Block(hash, size));
      // The same name for more tokens than this prompt has left: not the same block.
      if (block.tokens > left) {
        break;
      }
      use(block);
      left -= block.tokens;
      count++;
    }
    return count;
  }

  /** Lets the first {@code count} blocks of a prompt go, once; they stay while there is room. */
  void release(RequestTrace trace, int request, int count) {
    for (int i = count - 1; i >= 0; i--) {
      Block block = known(trace.block(request, i)).orElseThrow();
      block.users--;
      if (block.users == 0) {
        lockedTokens -= block.tokens;
        unusedTokens += block.tokens;
        block.before = ring.before;
        block.next = ring;
        ring.before.next = block;
        ring.before = block;
      }
    }
  }

  /** Forgets blocks that nothing uses until those left take no more than this. */
  void shrink(double tokens) {
    while (unusedTokens > tokens && ring.next != ring) {
      Block oldest = ring.next;
      unlink(oldest);
      blocks.remove(oldest.hash);
    }
  }

  private Optional<Block> known(long hash) {
    return Optional.ofNullable(blocks.get(hash));
  }

  private void use(Block block) {
    if (block.users == 0) {
      if (block.next != null) {
        unlink(block);
      }
      lockedTokens += block.tokens;
    }
    block.users++;
  }

  private void unlink(Block block) {
    block.before.next = block.next;
    block.next.before = block.before;
    block.before = null;
    block.next = null;
    unusedTokens -= block.tokens;
  }
}
