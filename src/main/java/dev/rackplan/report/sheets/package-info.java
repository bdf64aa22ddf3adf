/**
 * Sheets of rules of thumb that need no plan: rooflines, prices, KV caches, training and serving by
 * formula, each a {@link dev.rackplan.report.sheets.Sheet} printed as text, CSV, JSON or a page.
 */
package dev.rackplan.report.sheets;
