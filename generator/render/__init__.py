"""Stage render: records -> frozen views -> Jinja2 -> HTML text. Pure: it reads no store and writes no file."""
