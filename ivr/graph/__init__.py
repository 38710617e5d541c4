"""Pictures of flows: what callers may come by, as Mermaid for a README and as SVG for a page."""
