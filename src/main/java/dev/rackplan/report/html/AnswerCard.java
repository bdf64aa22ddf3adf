package dev.rackplan.report.html;

import dev.rackplan.report.Answer;
import java.util.Locale;

/** An answer as a card: verdict, sentence, figures as tiles with gauges, lines below. */
final class AnswerCard {
  // Free room right of what is longest in a gauge, as a share of it.
  private static final double ROOM = 1.06;

  private AnswerCard() {}

  /**
   * The card.
   *
   * @param label what it is the answer of; differs between cards of a page
   */
  static String html(String label, Answer answer) {
    StringBuilder html = new StringBuilder();
    html.append("<section class=\"answer\" aria-label=\"").append(Html.text(label)).append("\">\n");
    if (!answer.verdict().isEmpty()) {
      html.append("<div class=\"verdict")
          .append(answer.good() ? "" : " bad")
          .append("\">")
          .append(Html.text(answer.verdict()))
          .append("</div>\n");
    }
    html.append("<p class=\"sentence\">").append(Html.text(answer.sentence())).append("</p>\n");
    html.append("<dl class=\"tiles\">\n");
    answer.figures().forEach(figure -> html.append(tile(figure)));
    html.append("</dl>\n");
    if (!answer.lines().isEmpty()) {
      html.append("<dl class=\"lines\">\n");
      for (Answer.Line line : answer.lines()) {
        html.append("<dt>")
            .append(Html.text(line.name()))
            .append("</dt><dd>")
            .append(Html.text(line.text()))
            .append("</dd>\n");
      }
      html.append("</dl>\n");
    }
    return html.append("</section>\n").toString();
  }

  private static String tile(Answer.Figure figure) {
    return "<div class=\"tile\"><dt>"
        + Html.text(figure.name())
        + "</dt><dd><div class=\"value\">"
        + Html.text(figure.value())
        + " <span class=\"unit\">"
        + Html.text(figure.unit())
        + "</span></div>"
        + figure.gauge().map(AnswerCard::gauge).orElse("")
        + "<div class=\"note\">"
        + Html.text(figure.note())
        + "</div></dd></div>\n";
  }

  // The note says the same in words.
  private static String gauge(Answer.Gauge gauge) {
    double most =
        ROOM * Math.max(gauge.limit(), gauge.value() * (1 + Math.max(0, gauge.plusMinus())));
    double low = gauge.value() * Math.max(0, 1 - gauge.plusMinus());
    String range =
        gauge.plusMinus() > 0
            ? String.format(
                Locale.ROOT,
                "<span class=\"range\" style=\"left:%.2f%%;width:%.2f%%\"></span>",
                100 * low / most,
                100 * (gauge.value() * (1 + gauge.plusMinus()) - low) / most)
            : "";
    return String.format(
        Locale.ROOT,
        "<span class=\"gauge\" aria-hidden=\"true\"><span class=\"fill%s\""
            + " style=\"width:%.2f%%\"></span>%s<span class=\"limit\""
            + " style=\"left:%.2f%%\"></span></span>",
        gauge.value() > gauge.limit() ? " over" : "",
        100 * gauge.value() / most,
        range,
        100 * gauge.limit() / most);
  }
}
