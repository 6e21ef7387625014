"""trace-analyzer: spans in, an answer about speed and reliability out."""
