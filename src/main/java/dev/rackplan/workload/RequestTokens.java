package dev.rackplan.workload;

import java.util.Arrays;
import java.util.List;

/**
 * Tokens, each of one request, with the experts that they choose in every MoE layer; they can be
 * divided between requests, never inside one.
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

  /** The layers with the tokens of requests {@code first} up to, without, {@code end}. */
  public List<LayerRouting> layers(int first, int end) {
    return layers.stream().map(layer -> part(layer, first, end)).toList();
  }

  private LayerRouting part(LayerRouting layer, int first, int end) {
    int k = layer.expertsPerToken();
    int[] choices = new int[requestOfToken.length * k];
    int chosen = 0;
    for (int token = 0; token < requestOfToken.length; token++) {
      if (requestOfToken[token] >= first && requestOfToken[token] < end) {
        for (int j = 0; j < k; j++) {
          choices[chosen++] = layer.choice(token, j);
        }
      }
    }
    return LayerRouting.ofTokens(layer.experts(), k, Arrays.copyOf(choices, chosen));
  }
}
