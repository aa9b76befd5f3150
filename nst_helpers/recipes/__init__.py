"""Recipes (lesson 5): everything that a result depends on, as data; published ones among them."""

from nst_helpers.recipes.conventions import Convention, Weights
from nst_helpers.recipes.published import OWN, RECIPES, find_recipe
from nst_helpers.recipes.recipe import Phase, Recipe, growing
from nst_helpers.recipes.scene import COARSEST_SIZE, Scene, weigh
