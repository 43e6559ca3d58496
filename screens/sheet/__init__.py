"""A sheet: many lines of text, drawn only where they are seen."""
