"""Recipes (lesson 5): everything that a result depends on, as data; published ones among them."""
