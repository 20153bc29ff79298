"""Content matching: shapes for Hyperscan, confirmation by RE2, encoded text taken apart."""
