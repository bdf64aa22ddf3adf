package dev.rackplan.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.benchmark.BandwidthFront;
import dev.rackplan.benchmark.BenchmarkRow;
import dev.rackplan.benchmark.FrontPoint;
import dev.rackplan.evaluation.PlacementFigures;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class FrontChartTest {
  private static final List<Double> BANDWIDTHS = List.of(6.25e9, 25e9, 100e9, 360e9);

  private static PlacementFigures figures(double balance, double remote) {
    return new PlacementFigures(balance, balance, balance, remote, 1, 0.5, OptionalDouble.empty());
  }

  private static BenchmarkRow row(String placer, double balance, double remote, boolean heldOut) {
    return new BenchmarkRow(
        placer,
        figures(balance, remote),
        2e-3,
        heldOut ? Optional.of(figures(balance - 0.1, remote + 0.05)) : Optional.empty(),
        heldOut ? OptionalDouble.of(3e-3) : OptionalDouble.empty(),
        1e-3,
        0,
        OptionalDouble.empty(),
        3e-3,
        3e-3);
  }

  private static BandwidthFront front(boolean heldOut) {
    List<BenchmarkRow> usual =
        List.of(row("contiguous", 0.5, 1.8, heldOut), row("eplb<global>", 0.8, 1.9, heldOut));
    List<FrontPoint> points = new ArrayList<>();
    for (int i = 0; i < BANDWIDTHS.size(); i++) {
      points.add(
          new FrontPoint(
              BANDWIDTHS.get(i), usual, row("rackplan", 0.7 + 0.05 * i, 1 + 0.2 * i, heldOut)));
    }
    return new BandwidthFront("case & name", 450e9, points);
  }

  private static Document parse(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)));
  }

  private static List<Element> elements(Document document, String tag) {
    NodeList nodes = document.getElementsByTagName(tag);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      elements.add((Element) nodes.item(i));
    }
    return elements;
  }

  private static List<String> texts(String svg) throws Exception {
    return elements(parse(svg), "text").stream().map(Element::getTextContent).toList();
  }

  @Test
  void everyBandwidth_hasALabelAtBothItsMarks_andEveryUsualPlacementOne() throws Exception {
    List<String> texts = texts(FrontChart.svg(front(true)));

    for (String label : List.of("6.25 GB/s", "25 GB/s", "100 GB/s", "360 GB/s")) {
      assertEquals(2, texts.stream().filter(label::equals).count(), texts.toString());
    }
    for (String once :
        List.of(
            "contiguous",
            "eplb<global>",
            "case & name",
            "balancedness",
            "remote domains per token",
            "rackplan, unseen tokens")) {
      assertEquals(1, texts.stream().filter(once::equals).count(), once);
    }
    assertTrue(texts.stream().anyMatch(text -> text.contains("(72 : 1 to 1.25 : 1)")));
  }

  @Test
  void withoutTokensKeptBack_onlyWhatWasPlannedForIsDrawn() throws Exception {
    List<String> texts = texts(FrontChart.svg(front(false)));

    assertEquals(1, texts.stream().filter("25 GB/s"::equals).count());
    assertTrue(texts.stream().noneMatch(text -> text.contains("unseen")), texts.toString());
  }

  @Test
  void labels_lieInsideAndApart() throws Exception {
    List<Element> labels =
        elements(parse(FrontChart.svg(front(true))), "text").stream()
            .filter(text -> text.getTextContent().endsWith(" GB/s"))
            .toList();

    assertEquals(8, labels.size());
    for (int i = 0; i < labels.size(); i++) {
      double left = Double.parseDouble(labels.get(i).getAttribute("x"));
      double width = TextWidth.pixels(labels.get(i).getTextContent(), 12);
      assertTrue(left > 0 && left + width < 860, labels.get(i).getTextContent());
      for (int j = 0; j < i; j++) {
        double otherLeft = Double.parseDouble(labels.get(j).getAttribute("x"));
        double otherWidth = TextWidth.pixels(labels.get(j).getTextContent(), 12);
        double apart =
            Math.abs(
                Double.parseDouble(labels.get(i).getAttribute("y"))
                    - Double.parseDouble(labels.get(j).getAttribute("y")));
        assertTrue(
            apart >= 12 || left + width <= otherLeft || otherLeft + otherWidth <= left,
            i + " lies on " + j);
      }
    }
  }

  @Test
  void bytes_areTheSameEachTime_withoutADateOrAnotherMachinesAddress() {
    String svg = FrontChart.svg(front(true));

    assertEquals(svg, FrontChart.svg(front(true)));
    assertFalse(svg.contains("DOCTYPE"), svg);
    assertFalse(svg.contains("<!--"), svg);
  }

  @Test
  void ground_isOpaque_soThatItReadsOnDarkPages() throws Exception {
    Element ground = elements(parse(FrontChart.svg(front(true))), "rect").get(0);

    assertEquals("860", ground.getAttribute("width"));
    assertEquals("560", ground.getAttribute("height"));
    assertEquals("#fbfbfa", ground.getAttribute("fill"));
  }

  @Test
  void oneFigureForAll_isDrawnAllTheSame() throws Exception {
    List<BenchmarkRow> usual = List.of(row("contiguous", 1, 0, false));
    String svg =
        FrontChart.svg(
            new BandwidthFront(
                "flat", 450e9, List.of(new FrontPoint(50e9, usual, row("rackplan", 1, 0, false)))));

    assertTrue(texts(svg).contains("50 GB/s"));
  }
}
