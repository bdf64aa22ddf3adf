package dev.rackplan.export;

import dev.rackplan.json.YamlText;
import dev.rackplan.problem.EngineKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What stands before instances and gives each request to one of them, or to one that reads its
 * prompt and one that decodes it.
 *
 * <p>Source: the parsers of {@code sglang-router} 0.3.2 and {@code vllm-router} 0.1.17; {@code
 * tensorrt_llm/commands/serve.py} and {@code llmapi/disagg_utils.py}.
 */
enum Router {
  SGLANG("sglang-router 0.3.2", "sglang-router", "sglang_router.launch_router"),
  VLLM("vllm-router 0.1.17", "vllm-router", "vllm-router"),
  TENSORRT_LLM("trtllm-serve 1.2", "trtllm-disaggregated", "trtllm-serve disaggregated");

  /** Where requests come in, unless another is given. */
  static final int PORT = 30000;

  static final String SCRIPT = "router.sh";
  private static final String POOLS = "pools.yaml";

  // As long as pods of Kubernetes may take to start.
  private static final int WAIT_SECONDS = EnginePod.STARTUP_SECONDS;

  private final String title;
  private final String file;
  private final String command;

  Router(String title, String file, String command) {
    this.title = title;
    this.file = file;
    this.command = command;
  }

  /**
   * Where an instance answers.
   *
   * @param host of its first rank
   * @param port of HTTP
   * @param meetingPort where the KV caches of its prompts are asked for
   */
  record Answering(String host, int port, int meetingPort) {
    String url() {
      return "http://" + host + ":" + port;
    }
  }

  /** The one that comes with an engine. */
  static Optional<Router> of(EngineKind engine) {
    return switch (engine) {
      case SGLANG -> Optional.of(SGLANG);
      case VLLM -> Optional.of(VLLM);
      case TENSORRT_LLM -> Optional.of(TENSORRT_LLM);
      case VLLM_ASCEND, MEGATRON -> Optional.empty();
    };
  }

  String title() {
    return title;
  }

  KnownFlags flags() {
    return new KnownFlags(file, command);
  }

  /** Where the instances of a deployment answer, by launch scripts. */
  List<Answering> answering(Deployment deployment) {
    List<Answering> instances = new ArrayList<>();
    for (int instance = 0; instance < deployment.layout().replicas(); instance++) {
      String host = deployment.ranks().headOfInstance(instance);
      int meeting = LaunchScript.port(deployment, instance);
      instances.add(
          this == TENSORRT_LLM
              ? new Answering(host, TensorRtExport.port(deployment, instance), meeting)
              : new Answering(
                  host,
                  meeting + SglangExport.HTTP_OFFSET,
                  meeting + SglangExport.BOOTSTRAP_OFFSET));
    }
    return instances;
  }

  /** Files that start it before equal instances. */
  List<ExportedFile> files(List<Answering> instances) {
    return switch (this) {
      case SGLANG, VLLM -> List.of(script(instances, command(instances)));
      case TENSORRT_LLM -> List.of(nginx(instances));
    };
  }

  /** The same before two pools. */
  List<ExportedFile> files(List<Answering> prefill, List<Answering> decode) {
    List<Answering> all = new ArrayList<>(prefill);
    all.addAll(decode);
    return switch (this) {
      case SGLANG, VLLM -> List.of(script(all, command(prefill, decode)));
      case TENSORRT_LLM ->
          List.of(
              pools(prefill, decode),
              script(
                  all,
                  "trtllm-serve disaggregated --config_file "
                      + POOLS
                      + " --server_start_timeout "
                      + WAIT_SECONDS));
    };
  }

  private String start() {
    return (this == SGLANG ? "python3 -m sglang_router.launch_router" : "vllm-router")
        + " --host 0.0.0.0 --port \"$port\" --worker-startup-timeout-secs "
        + WAIT_SECONDS;
  }

  // The default policy sends prompts where their prefix is cached, as long as loads are even.
  private String command(List<Answering> instances) {
    List<String> words = new ArrayList<>();
    words.add(start());
    words.add("--worker-urls");
    instances.forEach(instance -> words.add("  " + instance.url()));
    return String.join(" \\\n  ", words);
  }

  private String command(List<Answering> prefill, List<Answering> decode) {
    List<String> words = new ArrayList<>();
    words.add(start());
    words.add(
        this == SGLANG ? "--pd-disaggregation" : "--vllm-pd-disaggregation --kv-connector nixl");
    for (Answering instance : prefill) {
      words.add(
          "--prefill " + instance.url() + (this == SGLANG ? " " + instance.meetingPort() : ""));
    }
    decode.forEach(instance -> words.add("--decode " + instance.url()));
    return String.join(" \\\n  ", words);
  }

  private ExportedFile script(List<Answering> instances, String command) {
    String template =
        """
        #!/usr/bin/env bash
        # Waits until every instance answers, then runs TITLE, which gives requests to them. Run it once, on a host
        # that reaches all of them.
        #   ./router.sh [PORT]     PORT: where requests come in, DEFAULT without one; DRY_RUN=1 prints the command instead
        set -euo pipefail
        cd "$(dirname "${BASH_SOURCE[0]}")"
        port=${1:-DEFAULT}
        export port
        command=(COMMAND)
        if [[ -n ${DRY_RUN:-} ]]; then
          printf '%q ' "${command[@]}"
          printf '\\n'
          exit
        fi
        answers() {
          python3 -c 'import sys, urllib.request as web; web.urlopen(sys.argv[1], timeout=10)' "$1/health" 2> /dev/null
        }
        while read -r url; do
          until answers "$url"; do
            if ((SECONDS > ${WAIT_SECONDS:-WAIT})); then
              printf 'router.sh: %s does not answer; WAIT_SECONDS says how long to wait\\n' "$url" >&2
              exit 1
            fi
            sleep 5
          done
        done <<'INSTANCES'
        URLS
        INSTANCES
        exec "${command[@]}"
        """;
    String text =
        ScriptText.filled(
            template,
            Map.of(
                "TITLE",
                title,
                "DEFAULT",
                String.valueOf(PORT),
                "COMMAND",
                command,
                ":-WAIT",
                ":-" + WAIT_SECONDS,
                "URLS",
                String.join("\n", instances.stream().map(Answering::url).toList())));
    return new ExportedFile(
        SCRIPT, text, "waits for every instance, then gives requests to them: " + title);
  }

  private static ExportedFile pools(List<Answering> prefill, List<Answering> decode) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("hostname", "0.0.0.0");
    root.put("port", PORT);
    root.put("context_servers", servers(prefill));
    root.put("generation_servers", servers(decode));
    return new ExportedFile(
        POOLS, YamlText.of(root), "where prefill and decode instances answer, for the router");
  }

  private static Map<String, Object> servers(List<Answering> instances) {
    Map<String, Object> servers = new LinkedHashMap<>();
    servers.put("num_instances", instances.size());
    servers.put("urls", instances.stream().map(one -> one.host() + ":" + one.port()).toList());
    return servers;
  }

  // TensorRT-LLM has no router for equal instances.
  private static ExportedFile nginx(List<Answering> instances) {
    StringBuilder servers = new StringBuilder();
    for (Answering instance : instances) {
      servers.append("    server ").append(instance.host()).append(':').append(instance.port());
      servers.append(" max_fails=3 fail_timeout=30s;\n");
    }
    String template =
        """
        # nginx -c "$PWD/router.conf" -g 'daemon off;'     each request to the instance with the fewest
        events {}
        http {
          upstream instances {
            least_conn;
        SERVERS  }
          server {
            listen PORT;
            location / {
              proxy_pass http://instances;
              proxy_http_version 1.1;
              proxy_buffering off;
              proxy_read_timeout 1h;
            }
          }
        }
        """;
    return new ExportedFile(
        "router.conf",
        ScriptText.filled(
            template, Map.of("SERVERS", servers.toString(), "PORT", String.valueOf(PORT))),
        "gives requests to the instances, for nginx: TensorRT-LLM has no router");
  }
}
