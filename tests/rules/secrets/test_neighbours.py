"""What stands in packages beside the names that the provider rules look for, and is no secret."""

from __future__ import annotations

from dunnage import Severity
from dunnage.testing import bundled, lint, render, tar_archive

LINES = [
    ("engine = sqlalchemy.create_engine('sqlite:///{base62:32}.db')", "alchemy inside sqlalchemy"),
    ("togglePassword = {hex:32}Handler", "toggl inside toggle"),
    ("const targetSymbol = resolveAliasWithDeprecationCheck(symbol)", "etsy inside targetSymbol"),
    ("dev.toString().padStart(24)", "dev.to inside dev.toString"),
    ("X-Crowdin-Project: {hex:32}", "the id of a translation project"),
    ('("mistral", "MistralForSequenceClassification"),', "a class of 32 letters"),
    ('("mistral3", "Mistral3ForConditionalGeneration"),', "a class with a digit"),
    ('<meta name="twitter:site" content="@acme_releases_of_the_year_2026">', "a meta tag"),
    ('<meta name="twitter:image" content="https://acme.test/{hex:40}.png">', "an address"),
    ('"cohere": "^7.0.0",', "a version"),
    ("pinecone: sha512-{base64:86}==", "an integrity string"),
    ('"resolved": "https://r.acme.test/algoliasearch/-/algoliasearch-4.22.1.tgz",', "a lock file"),
    ('"integrity": "sha512-{base64:86}==", "dev": true // algoliasearch', "a lock file"),
    ("algoliasearch.min.js?v={hex:32}", "a cache key"),
    ("sha256 spotify-{hex:64}.tar.gz", "a file named by its hash"),
    ("zendesk_widget = document.getElementById('zendesk-{hex:8}')", "an element"),
    ("mapboxgl.accessToken = 'pk.eyJ{base62:60}.{base62:22}'", "a public token"),
    ("Stripe('pk_live_{base62:99}')", "a public key"),
    ("posthog.init('phc_{base62:43}')", "a public key"),
    ("new Razorpay({{key: 'rzp_test_{base62:14}'}})", "a test key id"),
    ("FB.init({{appId: '{digits:16}', xfbml: true}})", "a public id"),
    ("fbq('init', '{digits:15}')", "a pixel id"),
    ("gtag('config', 'G-{BASE36:10}')", "a measurement id"),
    ("window.intercomSettings = {{app_id: '{base36:8}'}}", "a public id"),
    ("Pusher('{hex:20}', {{cluster: 'eu'}})", "the public key of an app"),
    ("OneSignal.init({{appId: '{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}'}})", "a public id"),
    ("PubNub({{subscribeKey: 'sub-c-{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}'}})", "public"),
    ("font: url(data:font/woff2;base64,{base62:60}EAAC{base62:60})", "base64 of a font"),
    (
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "zeros",
    ),
    (".fw_firmware_update_available_now_2 {{ color: red }}", "a class name"),
    ("const re_validateEmailAddressInput_forContactForms = /x/", "an identifier"),
    ("hf_transformers_integration_with_pytorch_models", "an identifier"),
    ("from e2b_code_interpreter import Sandbox", "a module"),
    ("model='jina_embeddings_v3'", "a model"),
    ("'pplx-70b-online', 'pplx-7b-chat'", "models"),
    ("xai-org/grok-1", "a repository"),
    ("if (key.startsWith('sk-ant-api03-')) return mask(key)", "a check for a prefix"),
    ("sk-skeleton-loading-animation-wrapper-container-x", "a class name"),
    ('"mnemonic": "addl",  "mnemonic": "movq"', "op codes"),
    ("mnemonic = 'short name that people remember instead of the number of each op code'", "prose"),
    ("MNEMONIC='test test test test test test test test test test test junk'", "a test chain's"),
    ("tx = '0x{hex:64}'", "the hash of a transaction"),
    ("address = '0x{hex:40}'", "an address"),
    ("xpub = 'xpub6{base58:107}'", "a public key"),
    ("blockHash: '{hex:64}', ethereum: true", "the hash of a block"),
    ("PAYPAL_CLIENT_ID=A{base62:79}", "a public id"),
    ("DISCORD_CLIENT_ID={digits:18}", "a public id"),
    ("TELEGRAM_CHAT_ID=-100{digits:10}", "an id"),
    ("at 12345678:AApplicationInitialisationFinishedNow", "a log line"),
    (
        "SLACK_WEBHOOK_URL=https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
        "a sample",
    ),
    ("MAILGUN_PUBLIC_KEY=pubkey-{hex:32}", "a public key"),
    ("<input name='twilio_phone' value='+15005550006'>", "a number"),
    ("VITE_SUPPORT_TYPEFORM=https://form.typeform.com/to/{base62:8}", "an address"),
    ("airtable_base = 'app{base62:14}'", "the id of a base"),
    ("figma.com/file/{base62:22}/Design-System", "an address"),
    ("https://www.notion.so/acme/{hex:32}", "an address"),
    ("https://trello.com/b/{base62:8}/roadmap", "an address"),
    ("Vimeo: https://player.vimeo.com/video/{digits:9}?h={hex:10}", "an address"),
    ("open.spotify.com/track/{base62:22}", "an address"),
    ("SHODAN_URL=https://api.shodan.io/shodan/host/{{ip}}?key={{key}}", "a template"),
    ("OPENWEATHER_API_KEY=${{OPENWEATHER_API_KEY}}", "a reference"),
    ("api_key = os.environ['DEEPSEEK_API_KEY']", "a reference"),
    ("ELEVENLABS_API_KEY: process.env.ELEVENLABS_API_KEY,", "a reference"),
    ("twilio_auth_token: {{{{ vault_twilio_auth_token }}}}", "a template"),
    ("BRAINTREE_PRIVATE_KEY=your_private_key_goes_here", "an instruction"),
    ("COINBASE_API_SECRET=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "a placeholder"),
]


# One that is a secret shows that the others were looked at.
LOUD = "const wallet = createClient({{ apiKey: 'sk-ant-api03-{base64url:93}AA' }})"


def test_is_quiet() -> None:
    """All in one archive, each in a file of its own: the rules are compiled once."""
    texts = [render(template, reason) for template, reason in LINES]
    files = {f"lib/{number}.js": text + "\n" for number, text in enumerate(texts)}
    files["lib/loud.js"] = render(LOUD, "loud")
    rules = [rule for rule in bundled().rules if rule.group == "secret"]
    run = lint(tar_archive(files), rules)
    found = [finding for finding in run.findings if finding.severity >= Severity.WARNING]
    assert "lib/loud.js" in {finding.path for finding in found}
    loud = [f"{x.rule}: {files[x.path or '']}" for x in found if x.path != "lib/loud.js"]
    assert loud == []
