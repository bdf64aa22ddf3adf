package dev.rackplan.site;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.HardLineBreak;
import org.commonmark.node.Heading;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

/** One document: its HTML, its title, and its sections for the search. */
final class SitePage {
  private static final List<Extension> EXTENSIONS = List.of(TablesExtension.create());
  private static final Parser PARSER = Parser.builder().extensions(EXTENSIONS).build();

  private final Node document;
  private final Map<Node, String> anchors = new IdentityHashMap<>();
  private final List<Section> sections = new ArrayList<>();

  /**
   * A heading and what stands below it.
   *
   * @param anchor of the heading; empty above the first one
   */
  record Section(String heading, String anchor, String text) {}

  /** A link under the nearest heading above it. */
  record Reference(String heading, String words, String target) {}

  SitePage(String markdown) {
    this.document = PARSER.parse(markdown);
    Map<String, Integer> used = new HashMap<>();
    String heading = "";
    String anchor = "";
    StringBuilder text = new StringBuilder();
    for (Node node = document.getFirstChild(); node != null; node = node.getNext()) {
      if (node instanceof Heading) {
        add(heading, anchor, text);
        heading = words(node);
        anchor = anchor(heading, used);
        anchors.put(node, anchor);
      } else {
        text.append(words(node)).append(' ');
      }
    }
    add(heading, anchor, text);
  }

  private void add(String heading, String anchor, StringBuilder text) {
    String words = text.toString().replaceAll("\\s+", " ").strip();
    if (!heading.isEmpty() || !words.isEmpty()) {
      sections.add(new Section(heading, anchor, words));
    }
    text.setLength(0);
  }

  // As GitHub makes them, so that links work in both.
  private static String anchor(String heading, Map<String, Integer> used) {
    String plain =
        heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
    int before = used.merge(plain, 1, Integer::sum) - 1;
    return before == 0 ? plain : plain + "-" + before;
  }

  List<Section> sections() {
    return List.copyOf(sections);
  }

  String title() {
    return sections.stream()
        .map(Section::heading)
        .filter(heading -> !heading.isEmpty())
        .findFirst()
        .orElse("rackplan");
  }

  /** Its links, in order. */
  List<Reference> references() {
    List<Reference> references = new ArrayList<>();
    String[] heading = {""};
    document.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Heading node) {
            heading[0] = words(node);
          }

          @Override
          public void visit(Link link) {
            references.add(new Reference(heading[0], words(link), link.getDestination()));
          }
        });
    return references;
  }

  /**
   * The body.
   *
   * @param links what becomes of the target of a link or an image
   */
  String html(UnaryOperator<String> links) {
    HtmlRenderer renderer =
        HtmlRenderer.builder()
            .extensions(EXTENSIONS)
            .escapeHtml(true)
            .attributeProviderFactory(
                context ->
                    (node, tag, attributes) -> {
                      if (anchors.containsKey(node)) {
                        attributes.put("id", anchors.get(node));
                      }
                      attributes.computeIfPresent("href", (key, target) -> links.apply(target));
                      attributes.computeIfPresent("src", (key, target) -> links.apply(target));
                    })
            .build();
    return renderer
        .render(document)
        .replace("<table>", "<div class=\"wide\" tabindex=\"0\"><table>")
        .replace("</table>", "</table></div>");
  }

  private static String words(Node node) {
    StringBuilder words = new StringBuilder();
    node.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Text text) {
            words.append(text.getLiteral());
          }

          @Override
          public void visit(Code code) {
            words.append(code.getLiteral());
          }

          @Override
          public void visit(FencedCodeBlock block) {
            words.append(block.getLiteral()).append(' ');
          }

          @Override
          public void visit(SoftLineBreak end) {
            words.append(' ');
          }

          @Override
          public void visit(HardLineBreak end) {
            words.append(' ');
          }

          @Override
          public void visit(Image image) {
            // Its words are for those who don't see it.
          }

          @Override
          protected void visitChildren(Node parent) {
            super.visitChildren(parent);
            // Cells and items follow one another.
            words.append(parent instanceof Link ? "" : " ");
          }
        });
    return words.toString().strip();
  }
}
