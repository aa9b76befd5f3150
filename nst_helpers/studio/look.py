"""The studio's style sheet: the theme's own colours, so that it follows light and dark."""

CSS = """
<style>
.nst-studio {
  --nst-line: var(--jp-border-color2, #d0d0d0);
  --nst-text: var(--jp-ui-font-color1, inherit);
  --nst-quiet: var(--jp-ui-font-color2, #616161);
  gap: 0 20px;
  padding: 4px 0 8px;
}
.nst-studio .nst-controls { gap: 2px; }
.nst-studio .nst-stage { gap: 8px; }
.nst-studio .nst-heading {
  margin: 10px 2px 2px; padding-top: 8px; border-top: 1px solid var(--nst-line);
  color: var(--nst-text); font-size: 13px; font-weight: 600; line-height: 1.2;
}
.nst-studio .nst-heading.nst-first { margin-top: 0; padding-top: 0; border-top: 0; }
.nst-studio .nst-thumbs { gap: 6px; padding: 4px 0 4px 76px; align-items: center; }
.nst-studio img { margin: 0; overflow: clip; border-radius: 6px; }
.nst-studio img.nst-thumb { width: 122px; height: 84px; object-fit: cover; }
.nst-studio .nst-toolbar { gap: 4px; }
.nst-studio .nst-controls input[type="checkbox"] { vertical-align: middle; }
.nst-studio img.nst-picture { width: 100%; max-height: 560px; object-fit: contain; }
.nst-studio img.nst-curves {
  box-sizing: border-box; width: 100%; border: 1px solid var(--nst-line);
}
.nst-studio .nst-status {
  color: var(--nst-text); font-size: 13px; line-height: 1.5; font-variant-numeric: tabular-nums;
}
.nst-studio .nst-status .nst-quiet { color: var(--nst-quiet); }
.nst-studio .nst-track {
  height: 4px; margin-bottom: 6px; border-radius: 2px; background: var(--nst-line);
}
.nst-studio .nst-done {
  height: 4px; border-radius: 2px; background: var(--jp-brand-color1, #1976d2);
}
.nst-studio :is(button, select, input, .noUi-handle):focus-visible {
  outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 1px;
}
</style>
"""
