"""Whether a value reads as words, as names in code and passwords in documentation do."""

from __future__ import annotations

from dunnage.lazy import lazy_regex

# The letter pairs that make up some 80 % of English text and of names in code.
_COMMON = frozenset(
    """th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le
    ve co     me de hi ri ro ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe
    ec pr no ct us ac     ot il tr ly nc et ut ss so rs un lo wa ge ie wh ee wi em ad ol rt po
    we na ul ni ts mo ow pa im mi     ai sh ir su id os iv ia am fi ci vi pl ig tu ev ld ry mp
    fe bl ab gh ty op wo sa ay ex ke fr oo av     ag if ap gr od bo sp rd do uc bu ei ov by rm
    ep tt oc fa ef cu rn sc gi da yo cr cl du ga qu ue ff     ba ey ls va um pp ua up lu go ht
    ru ug ds lt pi rc rr eg au ck ew mu br bi pt ak pu ui rg ib tl ny     ki rk ys ob mm fu ph
    og ms ye ud mb ip ub oi rl gu dr hr cc tw ft wn nu af hu nn eo vo rv nf xp gn     sm fl iz
    ok nl my gl aw ju oa eq sy sl ps jo lf nv je nk kn gs dy hy ze ks xt bs ik dd pt ds sk sw
    ws ux ex py db js ok ox uz za zi zo xi xy vu yp yn ym lp ml cp fs gt rb bj wt pw kw
    """.split()  # noqa: SIM905 - readable as text
)
_PARTS = lazy_regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_NUMBERS = lazy_regex(r"[0-9]+")

# Words of names and of passwords that documents and tests are full of.
_VOCABULARY = frozenset(
    """access account acme action active actual add address admin administrator agent all allow
    alpha     and any api app apple application apps apply arg args array asdf attr auth
    author authenticate authentication     authorization authorize auto aws azure back bad bar
    base basic batch baz bearer beta bin blue body bool boot bot     box bucket build button
    byte bytes cache call cancel cert certificate change char check child ci class cli click
    client cloud cluster code col color column com command comment common compare complete
    component conf config     configuration confirm connect connection console const contain
    container content context control cookie copy core     correct count create credential
    credentials crypto csrf current custom data database date db debug decode     decrypt
    default delete demo deploy description dev develop device digest dir disable display
    docker document     does domain dummy edit editor element email empty enable encode
    encrypt end engine enter entry env environment     error event example exchange expire
    expired export external facebook factory fail fake false feature field     fields file
    files filter find first flag flow foo for forgot form format from full function generate
    generic     get git github gitlab global gmail go google grant group guest handle handler
    hash head header hello help     here hidden hide home hook host http https icon id
    identity if image import in include index info init initial     input insert install
    instance int integration internal invalid is issue item items java jenkins job js json
    just     jwt key keys keyword kind label lambda last layer length level lib library like
    limit line link list load local     localhost lock log login logout long lookup lost mail
    main make manager map mask master match max me member     memory message meta method min
    minimum missing mock mode model module mongo monitor multi my mysql name names     native
    need network new next no node none not note null number oauth object of off ok old on one
    open operator     option optional options or order org origin other output owner package
    page param parameter params parse     parser pass passphrase passwd password passwords
    path pattern payload permission phone pin placeholder plain     plugin point policy pool
    port post postgres prefix prev preview primary print private process prod production
    profile project prompt property provider proxy public push put py python query queue quick
    random range raw re     read real recover redirect redis ref refresh regex region register
    registry regular remember remote remove     repeat repo report request require required
    reset resource response rest result retry return role root route     row rule run safe
    salt same sample save scan schema scope script search secret secrets secure security
    select     self send sensitive server service session set setting settings setup shared
    shell show sign signature signed     signing signin signup simple single site size some
    source spec sql ssh ssl stage staging standard start state     static status step storage
    store string strong style sub submit success super support swap sync system tab     table
    tag target task team temp template temporary test tester testing tests text the this time
    timeout title     to toggle token tokens tool top trace track transport tree true trust
    try two type types ui unauthorized     undefined unique unit unknown update upload uri url
    use user username users util valid validate validation     validator value values variable
    vault verification verify version view visible wait warning was weak web webhook
    website welcome what when widget will window with word work worker wrong www xml yaml yes
    you your zone
    """.split()  # noqa: SIM905 - readable as text
)


def reads_as_words(value: bytes) -> bool:
    """Whether ``value`` is made of words: a name in code, prose without blanks, a sample password.

    >>> reads_as_words(b"resetPasswordToken"), reads_as_words(b"q7Zx9KfTw2LmB4vR")
    (True, False)
    >>> reads_as_words(b"rfc3161Timestamps"), reads_as_words(b"Curve25519Public")
    (True, True)
    """
    text = value.decode("latin-1")
    parts = _PARTS.findall(text)
    letters = sum(map(len, parts))
    digits = sum(char.isdigit() for char in text)
    if not letters:
        return False
    known = sum(len(part) for part in parts if len(part) > 1 and part.lower() in _VOCABULARY)
    if known * 4 >= letters * 3 and digits <= max(4, letters // 3):
        return True
    # Many classes switching back and forth are no names; one number inside a long one is.
    if len(parts) * 3 > letters or (digits * 5 > letters and not _numbered(text, letters)):
        return False
    pairs = common = 0
    for part in parts:
        lowered = part.lower()
        for first in range(len(lowered) - 1):
            pairs += 1
            common += lowered[first : first + 2] in _COMMON
    return pairs >= 4 and common * 10 >= pairs * 8


def _numbered(text: str, letters: int) -> bool:
    """Whether one number of up to five digits stands among ten letters and more: a standard's, a
    curve's, a version's."""
    numbers = _NUMBERS.findall(text)
    return letters >= 10 and len(numbers) == 1 and len(numbers[0]) <= 5


_RUN = lazy_regex(rb"[0-9A-Za-z]+")
_LEAST_NAME = 16
_LONG_PARTS = 4  # letters: those of what was drawn are shorter, those of names longer
_JOINTS = lazy_regex(rb"[a-z](?=[A-Z])|[A-Za-z0-9][_./-](?=[A-Za-z])")
_LEAST_MIXED = 12


def reads_as_name(value: bytes) -> bool:
    """Whether ``value``, though it has a token's prefix and length, is a name of code: words all
    through, joined three times and more. Of tokens that were drawn, one in 50,000 reads so.

    >>> reads_as_name(b"re_register_update_context_handler"), reads_as_name(b"t_aW3qz7XfLk0Rp2Nv")
    (True, False)
    """
    if len(value) < _LEAST_NAME or len(_JOINTS.findall(value)) < 3 or not reads_as_words(value):
        return False
    longest = max(_RUN.findall(value), key=len, default=b"")
    parts = _PARTS.findall(value.decode("latin-1"))
    if sum(map(len, parts)) < _LONG_PARTS * len(parts):
        return False
    return len(longest) < _LEAST_NAME or reads_as_words(longest)


def mixes_cases(value: bytes) -> bool:
    """Whether the longest part of ``value`` changes case as chance has it, every other letter,
    where names in code begin a word every four or five and read as such. One in nine values of 14
    characters that were drawn from letters and digits has no digit.

    >>> mixes_cases(b"rQjZppEAVtyPgP"), mixes_cases(b"getAccessTokenV"), mixes_cases(b"aBcDeF")
    (True, False, False)
    >>> mixes_cases(b"RSGOOdkogblbjkwXwBDerydA"), mixes_cases(b"dnsCheckFqdnNotFound")
    (True, False)
    """
    longest = max(_RUN.findall(value), key=len, default=b"").decode()
    parts = _PARTS.findall(longest)
    # Names in camelCase have capitals that follow each other in acronyms alone.
    most = _LONG_PARTS if any(part.isupper() for part in parts) else _LONG_PARTS - 1
    mixed = _LEAST_MIXED <= len(longest) <= len(parts) * most
    return mixed and not reads_as_words(longest.encode())
