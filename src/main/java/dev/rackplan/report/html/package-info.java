/**
 * Reports as pages that open from a disk: one file, everything inlined, no network request.
 *
 * <p>{@link dev.rackplan.report.html.HtmlPage} is the shell that all of them share. Names come from
 * users' files, so every text is escaped ({@link dev.rackplan.report.html.Html}), and data reach
 * the charts as JSON in an island that no text can leave. May import what {@code report} may; the
 * chart library is read from the class path.
 */
package dev.rackplan.report.html;
