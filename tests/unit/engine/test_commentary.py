"""Which places are documentation inside code, and which only look like it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dunnage.engine.commentary import is_documentation
from dunnage.model import Entry, Hit, Match
from dunnage.rules import rule
from dunnage.testing import lint, tar_archive

KEY = "acmekey_" + "123456"


def told(path: str, text: str) -> list[bool]:
    """What is said of each key in a file."""
    said = []

    @rule("acme/key", pattern=r"acmekey_[0-9]{6}")
    def key(entry: Entry, match: Match) -> Iterator[Hit]:
        """A key."""
        said.append(is_documentation(entry, match))
        yield Hit("a key", span=match.span)

    lint(tar_archive({path: text.replace("KEY", KEY)}), [key])
    return said


YES = [
    ("a.py", '"""Use KEY."""\n'),
    ("a.py", '# licence\n"""Use it.\n\nas KEY\n"""\n'),
    ("a.py", 'def f(a,\n      b):\n    """Do.\n\n    f("KEY")\n    """\n'),
    ("a.py", 'class A:\n    r"""Do \\d: KEY"""\n'),
    ("a.py", "def f():\n    '''It's KEY'''\n"),
    ("a.py", 'def f():\n    """One."""\n    x = "a"\n\ndef g():\n    # why\n    """Two KEY."""\n'),
    ("a.pyi", 'class A:\n    key: str\n    """such as KEY"""\n'),
    ("a.js", "/**\n * Calls.\n * call('KEY')\n */\n"),
    ("a.js", "/**\n *\n *     key: 'KEY'\n */\n"),
    ("a.d.ts", "  /** call('KEY') */\n"),
    ("A.java", "/**\n * call(KEY)\n */\n"),
    ("a.js", "/**\n  Calls.\n\n  ```ts\n  call('KEY')\n  ```\n*/\n"),
    ("a.py", "# The file holds:\n#\n#   key: KEY\n#\n"),
    ("a.py", "# Send it like this:\n# ```\n# key: KEY\n# ```\n"),
    ("a.go", "// As\n//\n// ```json\n// {\n// KEY\n"),
    ("a.nse", "x = 1\n---\n-- Shows it.\n-- @output\n-- | cookie: KEY\n"),
    ("a.yaml", "a:\n  example:\n    b:\n      - c\n    key: KEY\n"),
    ("a.rs", "/// call(KEY)\n"),
    ("a.rs", "fn a() {}\n    //! call(KEY)\n"),
    ("METADATA", "    >>> call(KEY)\n"),
    ("a.pyc", "    >>> call(1,\n    ...     2\n    ... )\n    'KEY'\n"),
    ("README.txt", "x\n    >>> call()\n    'KEY'\n"),
    ("a.js", "{ placeholder: 'KEY' }\n"),
    ("a.html", '<input placeholder="KEY">\n'),
    ("a.js", "hint: 'e.g. KEY'\n"),
    ("module.py", 'EXAMPLES = r"""\n- acme:\n    key: KEY\n"""\n'),
    ("module.py", "import os\n\nDOCUMENTATION = '''\nkey: KEY\n'''\n"),
    ("A.pm", "package A;\n\n=head1 NAME\n\n  A->new('KEY');\n\n=cut\n"),
    ("swagger.yaml", 'x:\n  example: "KEY"\n'),
    ("openapi.json", '{"a": {"example": "KEY"}}\n'),
    ("a.yml", "a:\n  examples:\n  - one\n  - KEY\n"),
    ("a.yml", "a: b\nexample:\n  key: KEY\n"),
    ("module.py", 'x = 1\nRETURN = u"""KEY"""\n'),
    ("module.yml", "DOCUMENTATION:\n  a: b\nEXAMPLES: |\n  - acme:\n      key: KEY\n"),
]
NO = [
    ("a.js", "/**\n  Calls.\n*/\ncall('KEY')\n"),
    ("b.js", "x = glob('src/**/*.js')\ncall('KEY')\n"),
    ("a.conf", "# Set it:\n#\n#   key: KEY\n"),
    ("a.py", "# why\n#   key: KEY\n"),
    ("a.py", "# ```\n# key: x\n# ```\n# key: KEY\n"),
    ("a.py", "# ```\nx = 1\n# KEY\n"),
    ("a.txt", "x\n... y\nKEY\n"),
    ("a.lua", "---\n-- Calls.\ncall('KEY')\n"),
    ("a.lua", "x = 1\n-- KEY\n"),
    ("a.yaml", "a:\n  example:\n    b: c\n  key: KEY\n"),
    ("a.yaml", "example:\n  b: c\nd:\n  key: KEY\n"),
    ("docs/conf.py", "key = 'KEY'\n"),
    ("a.py", "key = 'KEY'\n"),
    ("a.py", "# key = KEY\n"),
    ("a.py", 'key = """KEY"""\n'),
    ("a.py", 'key = (\n    """KEY"""\n)\n'),
    ("a.py", 'f(1,\n  """KEY""")\n'),
    ("a.py", 'f = "a" \\\n"""KEY"""\n'),
    ("a.py", '"""Do."""\nkey = "KEY"\n"""End."""\n'),
    ("a.py", "x = '\"\"\"'\nkey = 'KEY'\n"),
    ("a.py", '# """\nkey = "KEY"\n# """\n'),
    ("a.js", "// key = 'KEY'\n"),
    ("a.js", "/* key = 'KEY' */\n"),
    ("a.js", "  * 'KEY'\n"),
    ("a.js", "x = 2\n  * f('KEY')\n"),
    ("a.js", 'glob("src/**/*.js", "KEY")\n'),
    ("a.js", "/// KEY\n"),
    (".env", "KEY\n"),
    ("a.sh", "cat >>> KEY\n"),
    ("A.pm", "=head1 NAME\n\nA\n\n=cut\n\nmy $key = 'KEY';\n"),
    ("a.yml", "examples:\n  - a\nother:\n  - KEY\n"),
    ("a.yml", "counterexample_key: KEY\n"),
    ("a.py", 'MY_EXAMPLES = """KEY"""\n'),
    ("a.py", 'DOCUMENTATION = """It."""\nkey = """KEY"""\n'),
    ("a.yml", "DOCUMENTATION:\n  a: b\nEXAMPLES: |\n  - a\nkey: x\nRETURN: KEY\n"),
    ("a.yml", "key: KEY\nEXAMPLES: none\n"),
]


@pytest.mark.parametrize(("path", "text"), YES)
def test_documentation(path: str, text: str) -> None:
    assert told(path, text) == [True]


@pytest.mark.parametrize(("path", "text"), NO)
def test_code(path: str, text: str) -> None:
    assert told(path, text) == [False]


def test_texts_without_an_end_take_linear_time() -> None:
    assert told("a.py", '"""' + "a\\" * 300_000 + "\nKEY") == [True]
    assert told("a.py", "'" * 100_001 + '"' * 100_001 + "\nKEY\n\\")[0] in (True, False)
