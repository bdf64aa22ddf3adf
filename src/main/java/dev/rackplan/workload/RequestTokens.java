package dev.rackplan.workload;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * Tokens in the order in which they came, each of one request, with the experts that they choose in
 * every MoE layer.
 *
 * <p>Immutable. Tokens of one request are alike, so a placement that is judged on tokens of
 * requests it was made for looks better than it is.
 */
public final class RequestTokens {
  private final int[] requestOfToken;
  private final List<LayerRouting> layers;
  private final int requests;

  /**
   * @param requestOfToken request of each token, counted from 0 in the order in which requests
   *     first appear
   * @param layers one entry per MoE layer, each with these tokens
   */
  public RequestTokens(int[] requestOfToken, List<LayerRouting> layers) {
    this.requestOfToken = requestOfToken.clone();
    this.layers = List.copyOf(layers);
    int seen = 0;
    for (int request : requestOfToken) {
      if (request < 0 || request > seen) {
        throw new IllegalArgumentException(
            "requests must be counted as they appear: " + request + " follows " + (seen - 1));
      }
      seen = Math.max(seen, request + 1);
    }
    this.requests = seen;
    for (LayerRouting layer : layers) {
      if (layer.tokens() != requestOfToken.length) {
        throw new IllegalArgumentException(
            "a layer has " + layer.tokens() + " tokens of " + requestOfToken.length);
      }
    }
  }

  /**
   * The tokens in two.
   *
   * @param planned to make a plan with, per MoE layer
   * @param heldOut kept back, per MoE layer
   */
  public record Split(List<LayerRouting> planned, List<LayerRouting> heldOut) {}

  public int tokens() {
    return requestOfToken.length;
  }

  public int requests() {
    return requests;
  }

  /** Per MoE layer, in order. */
  public List<LayerRouting> layers() {
    return layers;
  }

  /** The request of {@code token}, counted from 0 in the order of first appearance. */
  public int requestOf(int token) {
    return requestOfToken[token];
  }

  /**
   * The first of the requests to keep back: the fewest last ones that hold {@code share} of the
   * tokens; 0 where that takes all of them.
   *
   * @param share in (0, 1)
   */
  public int firstHeldOut(double share) {
    long[] tokensOfRequest = new long[requests];
    for (int request : requestOfToken) {
      tokensOfRequest[request]++;
    }
    int first = requests;
    long kept = 0;
    while (kept < share * requestOfToken.length) {
      first--;
      kept += tokensOfRequest[first];
    }
    return first;
  }

  /** Keeps {@code holdOut} back; empty where that leaves no token to plan with. */
  public Optional<Split> split(HoldOut holdOut) {
    return switch (holdOut.by()) {
      case REQUEST -> {
        int first = firstHeldOut(holdOut.share());
        yield first == 0
            ? Optional.empty()
            : Optional.of(new Split(layers(0, first), layers(first, requests)));
      }
      case TOKEN -> {
        int kept = (int) Math.ceil(holdOut.share() * tokens());
        int first = tokens() - kept;
        yield first == 0
            ? Optional.empty()
            : Optional.of(new Split(part(token -> token < first), part(token -> token >= first)));
      }
    };
  }

  /** The layers with the tokens of requests {@code first} up to, without, {@code end}. */
  public List<LayerRouting> layers(int first, int end) {
    return part(token -> requestOfToken[token] >= first && requestOfToken[token] < end);
  }

  private List<LayerRouting> part(IntPredicate taken) {
    return layers.stream().map(layer -> part(layer, taken)).toList();
  }

  private LayerRouting part(LayerRouting layer, IntPredicate taken) {
    int k = layer.expertsPerToken();
    int[] choices = new int[requestOfToken.length * k];
    int chosen = 0;
    for (int token = 0; token < requestOfToken.length; token++) {
      if (taken.test(token)) {
        for (int j = 0; j < k; j++) {
          choices[chosen++] = layer.choice(token, j);
        }
      }
    }
    return LayerRouting.ofTokens(layer.experts(), k, Arrays.copyOf(choices, chosen));
  }
}
