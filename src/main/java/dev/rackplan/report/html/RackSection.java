package dev.rackplan.report.html;

import dev.rackplan.report.PlanReport;
import java.util.Optional;

/** The places into which the scripts of a plan's page draw, and what chooses what they show. */
final class RackSection {
  private RackSection() {}

  /** Racks, coloured by what is chosen, with legend and the GPU that is picked. */
  static String racks(PlanReport report, boolean experts, int layers) {
    StringBuilder html = new StringBuilder();
    html.append(
        "<h2>Racks</h2>\n<div class=\"controls\">\n<label>Colour by <select id=\"colour\">");
    if (experts) {
      html.append("<option value=\"seconds\">expert time</option>")
          .append("<option value=\"load\">load</option>")
          .append("<option value=\"bytes\">traffic received</option>");
    }
    html.append("<option value=\"stage\">stage</option>");
    if (report.plan().layout().replicas() > 1) {
      html.append("<option value=\"replica\">replica</option>");
    }
    html.append("<option value=\"memory\">memory</option></select></label>\n");
    if (experts) {
      html.append(
              "<label class=\"wide\">MoE layer <input type=\"range\" id=\"layer\" min=\"0\" max=\"")
          .append(layers - 1)
          .append("\" value=\"0\" step=\"1\"></label>\n");
    }
    return html.append("</div>\n<p id=\"said\" aria-live=\"polite\"></p>\n<div class=\"map\">\n")
        .append("<div id=\"racks\" tabindex=\"0\" role=\"group\"")
        .append(" aria-label=\"GPUs in their racks; arrow keys pick one\"></div>\n")
        .append("<aside aria-label=\"Legend of the racks\"><div id=\"legend\"></div>\n")
        .append("<div id=\"picked\" aria-live=\"polite\"></div>\n")
        .append("<div id=\"racks-numbers\"></div></aside>\n</div>\n")
        .toString();
  }

  /** Traffic between the domains of the chosen layer, and the time on its links. */
  static String traffic() {
    return "<h2>Traffic between domains</h2>\n<p id=\"traffic-words\" aria-live=\"polite\"></p>\n"
        + "<div id=\"traffic\" role=\"img\" aria-labelledby=\"traffic-words\"></div>\n"
        + "<div id=\"traffic-numbers\"></div>\n"
        + "<h2>Links</h2>\n<div id=\"links\"></div>\n";
  }

  /**
   * The stages' timeline.
   *
   * @param words what it shows; empty where none is drawn
   */
  static String timeline(Optional<String> words) {
    return "<h2>Timeline</h2>\n"
        + words
            .map(
                text ->
                    "<p id=\"timeline-words\">"
                        + Html.text(text)
                        + "</p>\n"
                        + "<div id=\"timeline\" role=\"img\""
                        + " aria-labelledby=\"timeline-words\"></div>\n"
                        + "<div id=\"timeline-numbers\"></div>\n")
            .orElse("<p>Too many passes to draw, or none was run.</p>\n");
  }
}
