/**
 * What a model costs at the data sheet's rates and over its life: rooflines, tiers of caches,
 * failures, lifetimes. Behind {@code roofline} and {@code economics}; plans are not priced here.
 *
 * <p>Of the other parts of {@code cost} it knows {@code operation} only.
 */
package dev.rackplan.cost.economics;
