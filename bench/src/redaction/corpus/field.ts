// The second half of the corpus of secrets: how they stand in real agent sessions. It was written from the providers'
// documentation and from habit, without looking at the detectors, so that it can show what they miss. Every value is made
// here from a seed; none was ever issued.

/** A pseudo-random source: a whole number from 0 to `below` - 1. */
export type Dice = (below: number) => number;

export interface CorpusEntry {
  /** Who would issue such a secret. */
  provider: string;
  /** Where it stands: the name of a context. */
  context: string;
  /** What an agent's event would hold. */
  text: string;
  /** What must not be left in it. */
  secret: string;
}

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER = UPPER.toLowerCase();
const DIGITS = "0123456789";
const HEX = `${DIGITS}abcdef`;
const ALNUM = UPPER + LOWER + DIGITS;
const BASE64 = `${ALNUM}+/`;
const URL64 = `${ALNUM}_-`;
const LOWNUM = LOWER + DIGITS;

/** Characters of an alphabet; at least one digit where it has digits, as in nearly every real token. */
function run(dice: Dice, alphabet: string, length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) text += alphabet[dice(alphabet.length)]!;
  if (length < 8 || !alphabet.includes("7") || /\d/.test(text)) return text;
  return `${text.slice(0, length - 1)}7`;
}

const uuid = (dice: Dice) => [8, 4, 4, 4, 12].map((n) => run(dice, HEX, n)).join("-");

interface Maker {
  provider: string;
  /** The name under which its documentation has people put it into the environment. */
  env: string;
  make: (dice: Dice) => string;
}

const maker = (provider: string, env: string, make: (dice: Dice) => string): Maker => ({ provider, env, make });

/** Prefix, alphabet and length of a token that is nothing else. */
const plain = (provider: string, env: string, prefix: string, alphabet: string, length: number) =>
  maker(provider, env, (dice) => prefix + run(dice, alphabet, length));

const MAKERS: readonly Maker[] = [
  plain("GitHub, classic", "GITHUB_TOKEN", "ghp_", ALNUM, 36),
  maker("GitHub, fine-grained", "GH_TOKEN", (d) => `github_pat_${run(d, ALNUM, 22)}_${run(d, ALNUM, 59)}`),
  plain("GitHub, app installation", "GITHUB_TOKEN", "ghs_", ALNUM, 36),
  plain("GitLab, personal", "GITLAB_TOKEN", "glpat-", URL64, 20),
  plain("GitLab, runner", "CI_RUNNER_TOKEN", "glrt-", URL64, 20),
  plain("GitLab, deploy", "GITLAB_DEPLOY_TOKEN", "gldt-", URL64, 20),
  plain("AWS, access key id", "AWS_ACCESS_KEY_ID", "AKIA", `${UPPER}234567`, 16),
  plain("AWS, secret key", "AWS_SECRET_ACCESS_KEY", "", BASE64, 40),
  plain("AWS, session token", "AWS_SESSION_TOKEN", "FwoGZXIvYXdzE", BASE64, 180),
  plain("Google, API key", "GOOGLE_API_KEY", "AIza", URL64, 35),
  plain("Google, OAuth client secret", "GOOGLE_CLIENT_SECRET", "GOCSPX-", URL64, 28),
  plain("Google, OAuth access token", "GOOGLE_OAUTH_ACCESS_TOKEN", "ya29.a0", URL64, 120),
  maker("Azure, storage account", "AZURE_STORAGE_KEY", (d) => `${run(d, BASE64, 86)}==`),
  maker("Azure, client secret", "AZURE_CLIENT_SECRET", (d) => `${run(d, ALNUM, 3)}8Q~${run(d, ALNUM, 34)}`),
  plain("Azure DevOps", "AZURE_DEVOPS_EXT_PAT", "", `${LOWER}234567`, 52),
  plain("DigitalOcean", "DIGITALOCEAN_ACCESS_TOKEN", "dop_v1_", HEX, 64),
  plain("Cloudflare, API token", "CLOUDFLARE_API_TOKEN", "", URL64, 40),
  plain("Heroku", "HEROKU_API_KEY", "HRKU-AA", URL64, 58),
  plain("Fly.io", "FLY_API_TOKEN", "fo1_", URL64, 43),
  plain("Vercel", "VERCEL_TOKEN", "", ALNUM, 24),
  plain("Netlify", "NETLIFY_AUTH_TOKEN", "nfp_", ALNUM, 36),
  plain("Linode", "LINODE_TOKEN", "", HEX, 64),
  plain("Hetzner Cloud", "HCLOUD_TOKEN", "", ALNUM, 64),
  plain("Terraform Cloud", "TF_API_TOKEN", "", ALNUM, 14),
  maker("HashiCorp Vault", "VAULT_TOKEN", (d) => `hvs.${run(d, URL64, 95)}`),
  plain("Pulumi", "PULUMI_ACCESS_TOKEN", "pul-", HEX, 40),
  plain("Doppler", "DOPPLER_TOKEN", "dp.pt.", ALNUM, 43),
  plain("1Password, service account", "OP_SERVICE_ACCOUNT_TOKEN", "ops_eyJ", URL64, 250),
  plain("npm", "NPM_TOKEN", "npm_", ALNUM, 36),
  plain("PyPI", "TWINE_PASSWORD", "pypi-AgEIcHlwaS5vcmc", URL64, 150),
  plain("RubyGems", "GEM_HOST_API_KEY", "rubygems_", HEX, 48),
  plain("Docker Hub", "DOCKER_PASSWORD", "dckr_pat_", URL64, 27),
  plain("crates.io", "CARGO_REGISTRY_TOKEN", "cio", ALNUM, 32),
  plain("Slack, bot", "SLACK_BOT_TOKEN", "xoxb-2412345678-", `${DIGITS}`, 12),
  maker("Slack, user", "SLACK_TOKEN", (d) => `xoxp-${run(d, DIGITS, 12)}-${run(d, DIGITS, 12)}-${run(d, HEX, 32)}`),
  maker(
    "Slack, webhook",
    "SLACK_WEBHOOK_URL",
    (d) =>
      `https://hooks.slack.com/services/T${run(d, UPPER + DIGITS, 8)}/B${run(d, UPPER + DIGITS, 8)}/${run(d, ALNUM, 24)}`,
  ),
  maker("Discord, bot", "DISCORD_TOKEN", (d) => `MTA${run(d, ALNUM, 21)}.G${run(d, ALNUM, 5)}.${run(d, URL64, 38)}`),
  maker("Telegram, bot", "TELEGRAM_BOT_TOKEN", (d) => `${7 + d(2)}${run(d, DIGITS, 9)}:AA${run(d, URL64, 33)}`),
  plain("Twilio, auth token", "TWILIO_AUTH_TOKEN", "", HEX, 32),
  maker("SendGrid", "SENDGRID_API_KEY", (d) => `SG.${run(d, URL64, 22)}.${run(d, URL64, 43)}`),
  maker("Mailgun", "MAILGUN_API_KEY", (d) => `key-${run(d, HEX, 32)}`),
  maker("Mailchimp", "MAILCHIMP_API_KEY", (d) => `${run(d, HEX, 32)}-us${1 + d(20)}`),
  plain("Postmark", "POSTMARK_SERVER_TOKEN", "", HEX, 36),
  plain("Resend", "RESEND_API_KEY", "re_", ALNUM, 32),
  plain("Stripe, live", "STRIPE_SECRET_KEY", `sk_${"live"}_51`, ALNUM, 97),
  plain("Stripe, restricted", "STRIPE_API_KEY", `rk_${"live"}_51`, ALNUM, 97),
  plain("Stripe, webhook", "STRIPE_WEBHOOK_SECRET", "whsec_", ALNUM, 32),
  maker("Square", "SQUARE_ACCESS_TOKEN", (d) => `EAAA${run(d, URL64, 60)}`),
  plain("PayPal", "PAYPAL_CLIENT_SECRET", "E", URL64, 79),
  plain("Shopify", "SHOPIFY_ACCESS_TOKEN", "shpat_", HEX, 32),
  plain("OpenAI, project", "OPENAI_API_KEY", "sk-proj-", URL64, 148),
  plain("OpenAI, service account", "OPENAI_API_KEY", "sk-svcacct-", URL64, 148),
  plain("Anthropic", "ANTHROPIC_API_KEY", "sk-ant-api03-", URL64, 93),
  plain("OpenRouter", "OPENROUTER_API_KEY", "sk-or-v1-", HEX, 64),
  plain("Hugging Face", "HF_TOKEN", "hf_", ALNUM, 34),
  plain("Replicate", "REPLICATE_API_TOKEN", "r8_", ALNUM, 37),
  plain("Groq", "GROQ_API_KEY", "gsk_", ALNUM, 52),
  plain("xAI", "XAI_API_KEY", "xai-", ALNUM, 80),
  plain("Perplexity", "PERPLEXITY_API_KEY", "pplx-", ALNUM, 48),
  plain("Mistral", "MISTRAL_API_KEY", "", ALNUM, 32),
  plain("Cohere", "CO_API_KEY", "", ALNUM, 40),
  plain("Pinecone", "PINECONE_API_KEY", "pcsk_", ALNUM, 70),
  plain("LangSmith", "LANGSMITH_API_KEY", "lsv2_pt_", HEX, 32),
  plain("Weights and Biases", "WANDB_API_KEY", "", HEX, 40),
  plain("Datadog, API", "DD_API_KEY", "", HEX, 32),
  plain("Datadog, application", "DD_APP_KEY", "", HEX, 40),
  plain("New Relic", "NEW_RELIC_API_KEY", "NRAK-", UPPER + DIGITS, 27),
  plain("Sentry, user", "SENTRY_AUTH_TOKEN", "sntryu_", HEX, 64),
  plain("Grafana, service account", "GRAFANA_TOKEN", "glsa_", ALNUM, 41),
  plain("Honeycomb", "HONEYCOMB_API_KEY", "hcaik_01", LOWNUM, 56),
  plain("PagerDuty", "PAGERDUTY_TOKEN", "u+", URL64, 18),
  plain("Linear", "LINEAR_API_KEY", "lin_api_", ALNUM, 40),
  plain("Notion", "NOTION_TOKEN", "ntn_", ALNUM, 46),
  plain("Airtable", "AIRTABLE_API_KEY", "pat", ALNUM, 14),
  plain("Asana", "ASANA_ACCESS_TOKEN", `1/12${"00"}34:`, HEX, 32),
  plain("Atlassian", "JIRA_API_TOKEN", "ATATT3xFfGF0", URL64, 180),
  plain("Figma", "FIGMA_TOKEN", "figd_", URL64, 40),
  plain("Dropbox", "DROPBOX_ACCESS_TOKEN", "sl.B", URL64, 130),
  plain("Supabase", "SUPABASE_ACCESS_TOKEN", "sbp_", HEX, 40),
  plain("PlanetScale", "PLANETSCALE_SERVICE_TOKEN", "pscale_tkn_", URL64, 43),
  plain("Databricks", "DATABRICKS_TOKEN", "dapi", HEX, 32),
  plain("Snowflake", "SNOWFLAKE_PASSWORD", "", ALNUM, 18),
  plain("Algolia", "ALGOLIA_ADMIN_KEY", "", HEX, 32),
  plain("Elastic", "ELASTIC_API_KEY", "", `${ALNUM}`, 60),
  plain("CircleCI", "CIRCLE_TOKEN", "CCIPAT_", ALNUM, 60),
  plain("Buildkite", "BUILDKITE_API_TOKEN", "bkua_", HEX, 40),
  plain("SonarQube", "SONAR_TOKEN", "squ_", HEX, 40),
  plain("Snyk", "SNYK_TOKEN", "", HEX, 36),
  plain("Postman", "POSTMAN_API_KEY", "PMAK-", HEX, 59),
  plain("Tailscale", "TS_AUTHKEY", "tskey-auth-k", ALNUM, 40),
  plain("ngrok", "NGROK_AUTHTOKEN", "2", ALNUM, 48),
  maker("age", "SOPS_AGE_KEY", (d) => `AGE-SECRET-KEY-1${run(d, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)}`),
  maker("a JWT", "SERVICE_JWT", (d) => `eyJhbGciOiJIUzI1NiJ9.eyJ${run(d, URL64, 60)}.${run(d, URL64, 43)}`),
  maker("an own service, UUID", "BILLING_API_KEY", uuid),
  plain("an own service, password", "ADMIN_PASS", "", `${ALNUM}!%^*`, 16),
  plain("PostgreSQL", "PGPASSWORD", "", ALNUM, 20),
  plain("MySQL", "MYSQL_ROOT_PASSWORD", "", ALNUM, 20),
  plain("Redis", "REDIS_PASSWORD", "", ALNUM, 32),
  plain("Django", "DJANGO_SECRET_KEY", "", `${LOWNUM}@#%^*-_=+`, 50),
  plain("Rails", "RAILS_MASTER_KEY", "", HEX, 32),
];

const camel = (env: string) => env.toLowerCase().replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());
const kebab = (env: string) => env.toLowerCase().replaceAll("_", "-");

/** Where people and agents leave a secret. The text is what would reach the trail. */
const CONTEXTS: readonly { name: string; write: (env: string, secret: string, dice: Dice) => string }[] = [
  { name: "export before a command", write: (env, s) => `export ${env}='${s}' && ./deploy.sh --all` },
  {
    name: "a line of .env in a tool's output",
    write: (env, s) => `# local settings\nDEBUG=1\n${env}=${s}\nPORT=8080\n`,
  },
  {
    name: "an argument of a tool, as JSON",
    write: (env, s) => JSON.stringify({ config: { [camel(env)]: s, retries: 3 } }),
  },
  {
    name: "YAML of a compose file",
    write: (env, s) => `services:\n  web:\n    environment:\n      ${env}: "${s}"\n      LOG: info\n`,
  },
  { name: "a flag", write: (env, s) => `mytool sync --${kebab(env)} ${s} --verbose src/` },
];

/** A small generator with a seed (xorshift32), so that the corpus is the same everywhere. */
function seeded(seed: number): Dice {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** Two samples a provider in five contexts. */
export function corpus(seed = 20_261_128): CorpusEntry[] {
  const dice = seeded(seed);
  const entries: CorpusEntry[] = [];
  for (const { provider, env, make } of MAKERS) {
    for (let sample = 0; sample < 2; sample++) {
      const secret = make(dice);
      for (const { name, write } of CONTEXTS) {
        entries.push({ provider, context: name, text: write(env, secret, dice), secret });
      }
    }
  }
  return entries;
}
