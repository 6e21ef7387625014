"""Text from outside, safe to print and to encode: a span name or a path may hold anything."""


def readable(text: str) -> str:
    """Escape what cannot be printed: control characters, which a terminal would obey, and lone surrogates."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escape(character) for character in text)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
